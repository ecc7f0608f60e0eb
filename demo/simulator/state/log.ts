import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { replaceFileSync } from './files.ts';
import { createSaver } from './saver.ts';

/** A journal of records by number on disk: the last line of a number counts. */
export interface RecordLog<T extends { id: number }> {
  /** Adds the present state of a record. */
  append(record: T): void;
  flush(): Promise<void>;
  cut(): Promise<void>;
  close(): Promise<void>;
}

/** Reads the records in a log; a torn last line, as a crash leaves it, is ignored. */
export function readRecords<T extends { id: number }>(path: string): Map<number, T> {
  const records = new Map<number, T>();
  if (!existsSync(path)) return records;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    try {
      const record = JSON.parse(line) as T;
      records.set(record.id, record);
    } catch {
      break;
    }
  }
  return records;
}

/** Starts the log anew with these records and appends from there. */
export function openRecordLog<T extends { id: number }>(path: string, records: Iterable<T>): RecordLog<T> {
  replaceFileSync(path, [...records].map((record) => `${JSON.stringify(record)}\n`).join(''));
  let pending = '';
  let file: FileHandle | undefined;
  const saver = createSaver(async () => {
    const text = pending;
    pending = '';
    file ??= await open(path, 'a');
    await file.appendFile(text);
    await file.datasync();
  });
  return {
    append(record) {
      pending += `${JSON.stringify(record)}\n`;
      saver.touch();
    },
    flush: saver.flush,
    cut: saver.cut,
    async close() {
      await saver.flush();
      await file?.close();
      file = undefined;
    },
  };
}
