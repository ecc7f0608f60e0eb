import type { Ask } from '../model/asks.ts';
import type { RunStatus } from '../model/status.ts';
import { EXIT } from './exit-codes.ts';
import { UserProblem } from './problem.ts';
import type { Understudy } from './understudy.ts';

export interface OpenAsk {
  readonly run: string;
  readonly status: RunStatus;
  readonly ask: Ask;
}

export interface AsksFound {
  readonly asks: readonly OpenAsk[];
  /** Runs that did not tell, and why. */
  readonly silent: readonly { readonly run: string; readonly error: unknown }[];
}

/** What the runs in progress wait for; of one run where it is named. */
export async function openAsks(understudy: Understudy, run?: string): Promise<AsksFound> {
  const ids = run === undefined ? (await understudy.runs()).map((each) => each.id) : [run];
  const told = await Promise.allSettled(ids.map((id) => understudy.run(id).status()));
  const asks: OpenAsk[] = [];
  const silent: { run: string; error: unknown }[] = [];
  for (const [index, outcome] of told.entries()) {
    const id = ids[index] as string;
    if (outcome.status === 'rejected') silent.push({ run: id, error: outcome.reason });
    else if (outcome.value.ask) asks.push({ run: id, status: outcome.value, ask: outcome.value.ask });
  }
  return { asks, silent };
}

/**
 * The one ask that is meant. A named one that does not wait any more was answered, or lapsed because a fact changed.
 * @throws UserProblem when none waits, when several do, or when the named one is not among them
 */
export function chooseAsk(asks: readonly OpenAsk[], id: string | undefined): OpenAsk {
  const open = asks.map(({ run, ask }) => `${ask.id}  ${ask.title}  (${run})`);
  if (id !== undefined) {
    const meant = asks.find(({ ask }) => ask.id === id);
    if (meant) return meant;
    const why = 'it was answered, or it lapsed because a fact changed since it was asked';
    const now = open.length > 0 ? ['What waits now:', ...open.map((line) => `  ${line}`)] : ['Nothing waits now.'];
    throw new UserProblem(EXIT.refused, `the ask "${id}" does not wait for an answer: ${why}`, now);
  }
  const [only, ...others] = asks;
  if (only === undefined) {
    throw new UserProblem(EXIT.refused, 'nothing waits for an answer', ['See what runs: understudy status']);
  }
  if (others.length > 0) {
    throw new UserProblem(EXIT.usage, 'several asks wait; name one with --ask', open);
  }
  return only;
}
