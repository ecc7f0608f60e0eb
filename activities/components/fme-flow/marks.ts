import { Readable } from 'node:stream';
import type { Parts } from './context.ts';

/**
 * Marks for jobs that are run again: empty files in the shared resource that packages go through, so that they outlive
 * every process of ours and travel in no package. Everything is in the name: the job's key, and how far it is.
 */
export interface Marks {
  /** The newest job's number when its request began; `done` afterwards; undefined before. */
  read(key: string): Promise<number | 'done' | undefined>;
  begin(key: string, newest: number): Promise<void>;
  done(key: string): Promise<void>;
}

const NAME = /^understudy-job-(\d{8})-[0-9a-f]{12}-(?:after-(\d+)|done)\.txt$/;
const DAYS_KEPT = 60;

export function createMarks(parts: Parts, signal: AbortSignal): Marks {
  const { resource } = parts.config;
  const put = async (name: string): Promise<void> => {
    const { api } = await parts.flow(signal);
    const content = Buffer.from('A job was run again once; this mark keeps it from being run twice.\n');
    await api.resources.upload({ resource, name, stream: Readable.from([content]), bytes: content.length }, signal);
  };
  return {
    async read(key) {
      const { api } = await parts.flow(signal);
      const names = ((await api.resources.list(resource, '', signal)) ?? []).map((file) => file.name);
      const own = names.filter((name) => name.startsWith(`${key}-`) && NAME.test(name));
      if (own.some((name) => name.endsWith('-done.txt'))) return 'done';
      const [begun] = own.flatMap((name) => NAME.exec(name)?.[2] ?? []);
      return begun === undefined ? undefined : Number(begun);
    },
    begin: (key, newest) => put(`${key}-after-${newest}.txt`),
    done: (key) => put(`${key}-done.txt`),
  };
}

/** Whether a file is a mark of ours that is too old to be asked for again. */
export function isOldMark(name: string, now: number): boolean {
  const day = NAME.exec(name)?.[1];
  if (day === undefined) return false;
  const date = Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`);
  return now - date > DAYS_KEPT * 86_400_000;
}
