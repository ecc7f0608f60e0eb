import { type BigIntStats, lstatSync, readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';

/** What a file was like when its content was known to be right. */
interface Mark {
  readonly size: number;
  /** Modification time, change time and inode: a file that was touched since differs in one of them. */
  readonly print: string;
}

/**
 * Which files still are what they were when their content was known: same size, times and inode, and the machine has not
 * been started since. After a loss of power a file may have its size and times and yet not its bytes; a killed process
 * leaves what it wrote. What is not trusted is not wrong: it is compared before it is used.
 */
export interface Trust {
  trusts(name: string, path: string, size?: number): boolean;
  /** Its content is known to be right now. */
  mark(name: string, path: string): void;
  forget(name: string): void;
  /** All that were kept the last time, whether they can be trusted or not. */
  readonly names: ReadonlySet<string>;
  /** Keeps it for the next time; `names` are all that is left. */
  save(names: Iterable<string>): Promise<void>;
}

const format = (boot: string, marks: ReadonlyMap<string, Mark>): string =>
  JSON.stringify({ boot, marks: [...marks].map(([name, { size, print }]) => [name, size, print]) });

export async function openTrust(file: string): Promise<Trust> {
  const boot = bootMark();
  const kept = parse(await readFile(file, 'utf8').catch(() => ''));
  const marks = sameBoot(kept.boot, boot) ? new Map(kept.marks) : new Map<string, Mark>();
  return {
    names: new Set(kept.marks.keys()),
    trusts(name, path, size) {
      const mark = marks.get(name);
      if (mark === undefined || (size !== undefined && mark.size !== size)) return false;
      const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      return found?.isFile() === true && Number(found.size) === mark.size && printOf(found) === mark.print;
    },
    mark(name, path) {
      const found = lstatSync(path, { bigint: true });
      marks.set(name, { size: Number(found.size), print: printOf(found) });
    },
    forget: (name) => void marks.delete(name),
    async save(names) {
      const left = new Map<string, Mark>();
      for (const name of names) {
        const mark = marks.get(name);
        if (mark) left.set(name, mark);
      }
      await writeFile(`${file}.next`, format(boot, left), { mode: 0o600 });
      await rename(`${file}.next`, file);
    },
  };
}

const printOf = (found: BigIntStats): string => `${found.mtimeNs} ${found.ctimeNs} ${found.ino}`;

function parse(text: string): { readonly boot: string; readonly marks: ReadonlyMap<string, Mark> } {
  try {
    const found = JSON.parse(text) as { boot: string; marks: [string, number, string][] };
    return { boot: found.boot, marks: new Map(found.marks.map(([name, size, print]) => [name, { size, print }])) };
  } catch {
    return { boot: '', marks: new Map() };
  }
}

/** Linux names each start of the machine; elsewhere its time has to do. */
function bootMark(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `since ${Math.round(Date.now() / 1000 - uptime())}`;
  }
}

/** A computed time of start is off by a second now and then. */
function sameBoot(one: string, other: string): boolean {
  const [a, b] = [one, other].map((mark) => /^since (\d+)$/.exec(mark)?.[1]);
  if (a === undefined || b === undefined) return one === other;
  return Math.abs(Number(a) - Number(b)) <= 3;
}
