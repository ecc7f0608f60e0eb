import { setTimeout as sleep } from 'node:timers/promises';
import type { RunStatus, StepStatus } from '../model/status.ts';
import type { Io } from './io.ts';
import { type CommandOptions, renderAsk } from './render/ask.ts';
import { runTitle, stepLine, titleWidth } from './render/steps.ts';
import type { Style } from './render/style.ts';
import type { Run } from './run.ts';
import { isPassing, standsStill } from './translate.ts';

export interface FollowOptions {
  readonly io: Io;
  readonly style: Style;
  readonly commands: CommandOptions;
  /** Milliseconds after which to stop looking. */
  readonly timeout?: number;
  /** Milliseconds between two looks. */
  readonly every?: number;
}

export type Followed<Result> =
  | { readonly end: 'result'; readonly result: Result }
  | { readonly end: 'interrupted' | 'timeout'; readonly status?: RunStatus };

/**
 * Shows the steps of a run as they come, and each ask with the commands that answer it, until the run ends, Ctrl-C, or the
 * timeout. The run itself is never touched. Rejects with the run's failure.
 */
export async function follow<Result>(run: Run<Result>, options: FollowOptions): Promise<Followed<Result>> {
  const { io, every = 500 } = options;
  const show = createShow(options);
  const stop = new AbortController();
  let interrupted = false;
  const release = io.onInterrupt(() => {
    interrupted = true;
    stop.abort();
  });
  const timer = options.timeout === undefined ? undefined : setTimeout(() => stop.abort(), options.timeout);
  const stopped = new Promise<'stopped'>((resolve) => stop.signal.addEventListener('abort', () => resolve('stopped')));
  let status: RunStatus | undefined;
  try {
    const result = patiently(run, stop.signal).then((value) => ({ value }));
    result.catch(() => {});
    for (;;) {
      // Also once after the end, so that the last steps are shown.
      const ended = await Promise.race([
        result.then(
          () => true,
          () => true,
        ),
        stopped,
        sleep(every, false),
      ]);
      status = (await Promise.race([look(run, show), stopped.then(() => undefined)])) ?? status;
      if (ended === true) return { end: 'result', result: (await result).value };
      if (stop.signal.aborted) return { end: interrupted ? 'interrupted' : 'timeout', ...(status ? { status } : {}) };
    }
  } finally {
    stop.abort();
    clearTimeout(timer);
    release();
  }
}

async function look(run: Run<unknown>, show: Show): Promise<RunStatus | undefined> {
  try {
    const status = await run.status();
    show.status(status);
    return status;
  } catch (error) {
    // A run without a worker goes on when one is back; its end is told by its result.
    show.silent(isPassing(error) ? whySilent(error) : undefined);
    return undefined;
  }
}

const whySilent = (error: unknown): string =>
  standsStill(error)
    ? 'a worker has it and cannot go on with it: see the log of the control worker'
    : 'it does not answer: no worker has it, or Temporal is away';

/** Temporal may be away for a while: the run goes on when it is back. */
async function patiently<Result>(run: Run<Result>, signal: AbortSignal): Promise<Result> {
  for (;;) {
    try {
      return await run.result();
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error;
      await sleep(1_000);
    }
  }
}

interface Show {
  status(status: RunStatus): void;
  silent(why: string | undefined): void;
}

/** Prints only what is new: a step's change of state, a new ask. */
function createShow({ io, style, commands }: FollowOptions): Show {
  const shown = new Map<string, string>();
  let title = '';
  let ask: string | undefined;
  let quiet = false;
  const key = (step: StepStatus): string => `${step.state} ${step.state === 'running' ? '' : (step.note ?? '')}`;
  return {
    status(status) {
      if (quiet) io.err('  it answers again');
      quiet = false;
      const newTitle = runTitle(status);
      if (newTitle !== title) io.err(style.bold(newTitle));
      title = newTitle;
      for (const step of status.steps) {
        if (shown.get(step.id) === key(step)) continue;
        const first = !shown.has(step.id);
        shown.set(step.id, key(step));
        if (first && step.state === 'waiting') continue;
        io.err(stepLine(style, step, Date.now(), titleWidth(status)));
      }
      if (status.ask && status.ask.id !== ask) io.err(renderAsk(style, status.ask, commands));
      ask = status.ask?.id;
    },
    silent(why) {
      if (why !== undefined && !quiet) io.err(style.yellow(`  ${why}; looking on`));
      if (why !== undefined) quiet = true;
    },
  };
}
