import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Long enough for the reason of a failure, short enough for a message. */
const KEPT_LINES = 12;
/** A program that never ends its line is cut here. */
const LONGEST_LINE = 4_096;

export interface Tail {
  /** The last lines, oldest first. */
  text(): string;
  /** Resolves when the stream has ended, or after `ms`: a grandchild may hold it open for good. */
  ended(ms: number): Promise<void>;
}

/** Reads a stream to its end and keeps its last lines only. `onLine` sees each line as it comes. */
export function createTail(stream: Readable, onLine?: (line: string) => void): Tail {
  const lines: string[] = [];
  const decoder = new StringDecoder('utf8');
  let open = '';
  const keep = (line: string): void => {
    if (line.trim() === '') return;
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    onLine?.(line);
  };
  stream.on('data', (chunk: Buffer) => {
    const parts = (open + decoder.write(chunk)).split(/\r?\n/);
    open = (parts.pop() ?? '').slice(-LONGEST_LINE);
    for (const part of parts) keep(part.slice(-LONGEST_LINE));
  });
  const closed = new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
    stream.once('error', () => resolve());
  });
  return {
    text: () => [...lines, open].join('\n').trim(),
    ended: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          stream.destroy();
          resolve();
        }, ms);
        void closed.then(() => {
          clearTimeout(timer);
          keep(open);
          open = '';
          resolve();
        });
      }),
  };
}
