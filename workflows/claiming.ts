import { nextClaimNumber } from '../model/claims.ts';
import type { OperationKind, Ordinal, Person } from '../model/record.ts';
import type { Grant, SiteView } from '../model/site-activities.ts';
import { stepFailure } from './failures.ts';
import { at, control } from './proxies.ts';

/** Taking and closing claims, as a run does it. */
export interface ClaimInput {
  readonly pair: string;
  readonly operation: string;
  readonly kind: OperationKind;
  readonly number: number;
  readonly towards: Ordinal;
  readonly round: number;
  readonly takeover?: Person;
  readonly holderGone?: boolean;
  readonly tasks?: 'wait' | 'stop-core';
}

/** The next number above all that these sites (and their mirrors) have seen, with the parity of the site it works towards. */
export const chooseNumber = (views: readonly SiteView[], towards: Ordinal): number =>
  nextClaimNumber(
    views.flatMap((view) => [view.seen, view.peerMirror?.number ?? 0]),
    towards,
  );

export const claimAt = (site: string, input: ClaimInput): Promise<Grant> =>
  at(input.pair, site, `Claim ${input.number} at ${site}`).claim({
    pair: input.pair,
    round: input.round,
    ...(input.tasks ? { tasks: input.tasks } : {}),
    request: {
      number: input.number,
      operation: input.operation,
      kind: input.kind,
      towards: input.towards,
      ...(input.takeover ? { takeover: input.takeover } : {}),
      ...(input.holderGone ? { holderGone: true } : {}),
    },
  });

/** Closes a claim; a site that does not answer keeps it open, and the next operation finds its run gone. */
export async function closeAt(pair: string, site: string, claim: number, operation: string): Promise<boolean> {
  try {
    await at(pair, site, `Close claim ${claim} at ${site}`).closeClaim({
      order: { claim, operation, step: 'close', round: 0 },
    });
    return true;
  } catch (error) {
    stepFailure(error);
    return false;
  }
}

/** Whether the run that holds an open claim at this site has ended. */
export async function holderGone(view: SiteView): Promise<boolean> {
  const claim = view.record?.claim;
  if (!claim || claim.closed) return false;
  const gone = await control(`Is ${claim.operation} still going?`).runsGone({ operations: [claim.operation] });
  return gone.length > 0;
}
