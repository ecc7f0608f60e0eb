import { claimGone, claimPresent } from './claim.ts';
import { commit, release } from './commit.ts';
import { type Context, type Step, sourceRole, standsBy } from './context.ts';
import { cutoverGone, cutoverPresent } from './cutover.ts';
import { demote, fenceGone } from './demote.ts';
import { finalSync, receipt, restoreChosen, stage } from './final-sync.ts';
import { freeze, needsFreeze } from './freeze.ts';
import { observeGone, observePresent } from './observe.ts';
import { promote } from './promote.ts';
import { redirect, verify } from './redirect.ts';
import { startGone, startPresent } from './start.ts';

const sourceActs = (c: Context): boolean => standsBy(c) && needsFreeze(c);
const toBeDemoted = (c: Context): boolean => standsBy(c) && (c.source === 'gone' || sourceRole(c) !== undefined);

/** The runbook: one list, and one flag that says whether the source takes part. */
export const RUNBOOK: readonly Step[] = [
  { id: 'observe', title: 'Observe both sites, preflight', present: observePresent, gone: observeGone },
  { id: 'start', title: 'Approval: start', present: startPresent, gone: startGone },
  { id: 'claim', title: 'Claim', present: claimPresent, gone: claimGone },
  { id: 'freeze', title: 'Freeze the source', present: freeze, needed: sourceActs },
  {
    id: 'final-sync',
    title: 'Final sync',
    present: finalSync,
    gone: restoreChosen,
    needed: (c) => (c.source === 'gone' ? standsBy(c) : sourceActs(c)),
  },
  { id: 'stage', title: 'Stage the target', present: stage, gone: stage, needed: standsBy, skippable: true },
  { id: 'receipt', title: 'Check the receipt', present: receipt, needed: sourceActs },
  {
    id: 'cutover',
    title: 'Approval: cutover',
    present: cutoverPresent,
    gone: cutoverGone,
    needed: (c) => (c.source === 'gone' ? standsBy(c) : sourceActs(c)),
  },
  { id: 'demote', title: 'Demote and fence the source', present: demote, gone: fenceGone, needed: toBeDemoted },
  { id: 'promote', title: 'Promote the target', present: promote, gone: promote },
  { id: 'redirect', title: 'Redirect the clients', present: redirect, gone: redirect, skippable: true },
  { id: 'verify', title: 'Verify as a client', present: verify, gone: verify, skippable: true },
  { id: 'release', title: 'Release what was enabled', present: release, gone: release, skippable: true },
  { id: 'commit', title: 'Commit', present: commit, gone: commit },
];
