import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What is known of a child: enough to tell after our own death whether a process is still this one. */
const ChildRecord = z.object({
  /** In the child's environment, see `TOKEN_VARIABLE`. */
  token: z.string(),
  program: z.string(),
  worker: z.object({ pid: z.number(), started: z.string() }),
  /** Absent between the intent to start it and its start. */
  pid: z.number().optional(),
  started: z.string().optional(),
});
export type ChildRecord = z.infer<typeof ChildRecord>;

/**
 * One small file a child in `folder`, written before it starts and again with its process id. Synchronous, so that nothing
 * comes between the start of a process and the note of it. Not fsynced: a machine that goes down takes the children along.
 */
export function createChildRecords(folder: string) {
  const file = (token: string): string => join(folder, `child-${token}.json`);
  return {
    write(record: ChildRecord): void {
      mkdirSync(folder, { recursive: true });
      const next = `${file(record.token)}.next`;
      writeFileSync(next, JSON.stringify(record), { mode: 0o600 });
      renameSync(next, file(record.token));
    },
    remove(token: string): void {
      rmSync(file(token), { force: true });
      rmSync(`${file(token)}.next`, { force: true });
    },
    all(): ChildRecord[] {
      return names(folder).flatMap((name) => {
        try {
          return ChildRecord.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
        } catch {
          // Removed meanwhile, or not ours.
          return [];
        }
      });
    },
  };
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^child-.+\.json$/.test(name));
  } catch {
    return [];
  }
}
