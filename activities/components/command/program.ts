import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommandComponentConfig } from '../../../model/config.ts';
import type { FailureType } from '../../../model/failures.ts';
import { failure } from '../../failure.ts';
import { type RunOptions, requestEnvironment, runCommand, startCommand } from '../../run/command.ts';
import { swallowing } from '../../run/swallowing.ts';
import type { Work } from '../component.ts';
import type { ComponentParts } from '../parts.ts';

export type Verb = keyof CommandComponentConfig['timeouts'];

/** Exit codes of the contract, after sysexits.h. */
const UNKNOWN_VERB = 64;
const DAMAGED = 65;
const TRY_AGAIN = 75;
const LONG = 86_400_000;
/** "Who are you" is asked before each change: without a time of its own it may not take as long as the program may. */
const SHORT = 60_000;

const typeOf = (code: number | null): FailureType => {
  // Ended by a signal: nothing is known, and it may go better.
  if (code === TRY_AGAIN || code === null) return 'Unavailable';
  return code === DAMAGED ? 'Damaged' : 'Refused';
};

const isUnknownVerb = (error: unknown): boolean =>
  error instanceof Error &&
  'details' in error &&
  Array.isArray(error.details) &&
  error.details.some(
    (each) => typeof each === 'object' && each !== null && 'code' in each && each.code === UNKNOWN_VERB,
  );

function standard(verb: Verb, ofProgram: number): number {
  if (verb === 'backup' || verb === 'restore') return LONG;
  return verb === 'identify' || verb === 'establish' ? Math.min(SHORT, ofProgram) : ofProgram;
}

export interface Program {
  /** Runs a verb that must be known. Returns what was printed. */
  ask(verb: Verb, more: object, signal: AbortSignal): Promise<string>;
  /** The same for a verb that may be unknown: then undefined. */
  askIfKnown(verb: Verb, more: object, signal: AbortSignal): Promise<string | undefined>;
  /** What the program writes; the stream ends well only if the program did. */
  read(verb: Verb, more: object, work: Work): Promise<Readable>;
  /** Gives a stream to the program behind its request, and waits for its end. */
  write(verb: Verb, more: object, source: Readable, work: Work): Promise<void>;
}

/** The program of a component, one process a verb; docs/command-component.md is its contract. */
export function createProgram(parts: ComponentParts<CommandComponentConfig>): Program {
  const { name, site, peerSite, clients, config, children } = parts;
  const command = config.sites[site];
  if (!command) throw failure('InvalidInput', `component ${name} has no program at site ${site}`);
  const request = (verb: Verb, more: object) => ({
    contract: 1,
    verb,
    component: name,
    site,
    peer: peerSite,
    clients,
    settings: config.settings,
    ...more,
  });
  const options = (verb: Verb, signal: AbortSignal): RunOptions => ({
    signal,
    children,
    exits: typeOf,
    timeout: config.timeouts[verb] ?? standard(verb, command.timeout),
  });
  const start = async (verb: Verb, more: object, signal: AbortSignal) => {
    const full = request(verb, more);
    const running = await startCommand(command, requestEnvironment(full), options(verb, signal));
    running.stdin.write(`${JSON.stringify(full)}\n`);
    return running;
  };

  const ask = async (verb: Verb, more: object, signal: AbortSignal): Promise<string> => {
    try {
      return (await runCommand(command, request(verb, more), options(verb, signal))).stdout;
    } catch (error) {
      if (isUnknownVerb(error))
        throw failure('Refused', `the program of ${name} does not know "${verb}", which it must (exit code 64)`, error);
      throw error;
    }
  };

  return {
    ask,
    async askIfKnown(verb, more, signal) {
      try {
        return (await runCommand(command, request(verb, more), options(verb, signal))).stdout;
      } catch (error) {
        if (isUnknownVerb(error)) return undefined;
        throw error;
      }
    },

    async read(verb, more, work) {
      const gone = new AbortController();
      const running = await start(verb, more, AbortSignal.any([work.signal, gone.signal]));
      running.stdin.end();
      let bytes = 0;
      const stream = new Transform({
        transform(chunk: Buffer, _encoding, callback) {
          bytes += chunk.length;
          work.progress({ what: verb, bytes });
          callback(null, chunk);
        },
        flush(callback) {
          running.ended.then(
            () => callback(),
            (error: Error) => callback(error),
          );
        },
      });
      running.stdout.on('error', (error) => stream.destroy(error)).pipe(stream);
      // A reader that has gone wants nothing more.
      stream.once('close', () => gone.abort(new Error('nobody reads any more')));
      return stream;
    },

    async write(verb, more, source, work) {
      const broken = new AbortController();
      const running = await start(verb, more, AbortSignal.any([work.signal, broken.signal]));
      running.stdout.resume();
      const failed = new AbortController();
      running.ended.catch(() => failed.abort());
      let bytes = 0;
      const counted = new PassThrough().on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        work.progress({ what: verb, bytes });
      });
      try {
        await pipeline(source, counted, swallowing(running.stdin), {
          signal: AbortSignal.any([work.signal, failed.signal]),
        });
      } catch (error) {
        if (failed.signal.aborted) await running.ended;
        // A source that breaks must not look like its end: the program is stopped, and its input stays open until then.
        broken.abort(error);
        await running.ended.catch(() => {});
        throw error;
      }
      await running.ended;
    },
  };
}
