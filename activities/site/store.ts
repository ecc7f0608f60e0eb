import { join } from 'node:path';
import { changes } from '../../model/changes.ts';
import { type Entry, type Facts, NO_FACTS } from '../../model/facts.ts';
import type { SiteRecord } from '../../model/record.ts';
import { isRefusal, type Ruling, type SiteState } from '../../model/refusal.ts';
import { readIfThere, replaceFile } from '../durable-files.ts';
import { failure } from '../failure.ts';
import { createJournal } from './journal.ts';
import { createLock } from './lock.ts';
import { createReserve } from './reserve.ts';

/** Omits the time, which the store adds. */
export type NewEntry = Entry extends infer E ? (E extends Entry ? Omit<E, 'at'> : never) : never;

/** What a holder of the site's lock may do to its record and journal. */
export interface Session {
  /** The record and the facts now. Throws `NoRecord` where there is no readable record. */
  state(): SiteState;
  record(): SiteRecord | null;
  append(...entries: readonly NewEntry[]): Promise<void>;
  /** Makes a ruling real: throws the refusal, or saves the record and journals what changed in the facts. */
  apply(ruling: Ruling): Promise<SiteState>;
  create(record: SiteRecord): Promise<void>;
}

export interface Store {
  readonly folder: string;
  locked<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** What the files say, without the lock: for looking, never for deciding. */
  peek(): Promise<{ readonly record: SiteRecord | null; readonly problem?: string; readonly facts: Facts }>;
  /** Whether its disk is full, so that soon nothing can be written down here. */
  isFull(): boolean;
}

/** Record and journal of one site in one folder on the site's own machine. */
export function createStore(folder: string, now: () => string = () => new Date().toISOString()): Store {
  const recordPath = join(folder, 'record.json');
  const lock = createLock(join(folder, 'lock'));
  const reserve = createReserve(folder);
  const journal = createJournal(folder, reserve.spend);

  const readRecord = (): SiteRecord | null => {
    const text = readIfThere(recordPath);
    if (text === null) return null;
    const record = JSON.parse(text) as SiteRecord;
    if (record.format !== 1) throw new Error(`its format is ${String(record.format)}, and this version knows 1`);
    return record;
  };

  const readable = (): SiteRecord | null => {
    try {
      return readRecord();
    } catch (cause) {
      throw failure(
        'NoRecord',
        `the record ${recordPath} cannot be read: ${(cause as Error).message}. Nothing is done at this site`,
        cause,
      );
    }
  };

  /** A record without its journal is as good as none: freeze, tasks and what was enabled stand there alone. */
  const factsBeside = (record: SiteRecord | null, facts: Facts | null): Facts => {
    if (record === null || facts !== null) return facts ?? NO_FACTS;
    throw failure(
      'NoRecord',
      `the journal of ${recordPath} is not there. Nothing is done at this site until a person put it back: older parts of it may lie beside it`,
    );
  };

  // A journal of its own for looking, which reads only what was added since the last look; one look after the other.
  const glance = createJournal(folder);
  let looked: Promise<unknown> = Promise.resolve();
  const look = (record: SiteRecord | null): Promise<Facts> => {
    const turn = looked.then(async () => factsBeside(record, await glance.refresh({ repair: false })));
    looked = turn.catch(() => undefined);
    return turn;
  };

  return {
    folder,
    isFull: reserve.isSpent,
    locked: (work, signal) =>
      lock.hold(async () => {
        let record = readable();
        let facts = factsBeside(record, await journal.refresh({ repair: true }));
        const save = async (next: SiteRecord): Promise<void> => {
          await reserve.spend(() => replaceFile(recordPath, `${JSON.stringify(next, null, 2)}\n`));
          record = next;
        };
        // A callback that outlives its step must not write beside whoever holds the lock then.
        let held = true;
        const stillHeld = (): void => {
          if (!held) throw failure('StaleClaim', `a step of ${folder} went on after it had ended`);
        };
        const append = async (...entries: readonly NewEntry[]): Promise<void> => {
          stillHeld();
          const at = now();
          facts = await journal.append(entries.map((entry) => ({ at, ...entry }) as Entry));
        };
        const state = (): SiteState => {
          if (record) return { record, facts };
          throw failure('NoRecord', `there is no site record in ${folder}. A pair is set up with: understudy setup`);
        };
        const session: Session = {
          state,
          record: () => record,
          append,
          async create(first) {
            stillHeld();
            // The journal first: a record is never without one.
            await append({ kind: 'note', text: `the record was made: ${first.role}` });
            await save(first);
          },
          async apply(ruling) {
            stillHeld();
            if (isRefusal(ruling)) throw failure(ruling.refused, ruling.why);
            // The record first: a fact that is journaled too late only repeats a step, one that is there too early would allow one.
            if (ruling.record !== record) await save(ruling.record);
            facts = await journal.append(changes(facts, ruling.facts, now()));
            return state();
          },
        };
        try {
          return await work(session);
        } finally {
          held = false;
          if (record) await reserve.keep();
        }
      }, signal),

    async peek() {
      try {
        const record = readRecord();
        return { record, facts: await look(record) };
      } catch (error) {
        return { record: null, problem: (error as Error).message, facts: NO_FACTS };
      }
    },
  };
}
