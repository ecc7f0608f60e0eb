import { nextClaimNumber } from '../model/claims.ts';
import type { OperationKind, Ordinal, Person } from '../model/record.ts';
import type { Grant, SiteView } from '../model/site-activities.ts';
import { stepFailure } from './failures.ts';
import { at, control } from './proxies.ts';

/** A named person takes a site over from this one operation, which is gone, and from no other. */
export interface Takeover {
  readonly by: Person;
  readonly from: string;
}

/** Taking and closing claims, as a run does it. */
export interface ClaimInput {
  readonly pair: string;
  readonly operation: string;
  readonly kind: OperationKind;
  readonly number: number;
  readonly towards: Ordinal;
  readonly round: number;
  readonly takeover?: Takeover;
  /** The operation that holds the claim and is known to be gone: only that one is taken over from. */
  readonly gone?: string;
  readonly tasks?: 'wait' | 'stop-core';
}

/** The next number above all that these sites (and their mirrors) have seen, with the parity of the site it works towards. */
export const chooseNumber = (views: readonly SiteView[], towards: Ordinal, above = 0): number =>
  nextClaimNumber([above, ...views.flatMap((view) => [view.seen, view.peerMirror?.number ?? 0])], towards);

export const claimAt = (site: string, input: ClaimInput): Promise<Grant> =>
  at(input.pair, site, `Claim ${input.number} at ${site}`).claim({
    pair: input.pair,
    round: input.round,
    ...(input.tasks ? { tasks: input.tasks } : {}),
    ...(input.takeover ? { holder: input.takeover.from } : input.gone ? { holder: input.gone } : {}),
    request: {
      number: input.number,
      operation: input.operation,
      kind: input.kind,
      towards: input.towards,
      ...(input.takeover ? { takeover: input.takeover.by } : {}),
      ...(input.gone ? { holderGone: true } : {}),
    },
  });

/**
 * Closes a claim, also one of which it is not known whether it was granted. A site that does not answer keeps it open, and
 * the next operation finds its run gone.
 */
export async function closeAt(
  pair: string,
  site: string,
  claim: number,
  operation: string,
  through: typeof at = at,
): Promise<boolean> {
  try {
    await through(pair, site, `Close claim ${claim} at ${site}`).closeClaim({
      order: { claim, operation, step: 'close', round: 0 },
    });
    return true;
  } catch (error) {
    // Refused: this site never granted it, or has another one by now. Nothing of ours is open there.
    return stepFailure(error).type === 'StaleClaim';
  }
}

/** Whether the run that holds an open claim at this site has ended. */
export async function holderGone(view: SiteView): Promise<boolean> {
  const claim = view.record?.claim;
  if (!claim || claim.closed) return false;
  const gone = await control(view.record.pair, `Is ${claim.operation} still going?`).runsGone({
    operations: [claim.operation],
  });
  return gone.length > 0;
}
