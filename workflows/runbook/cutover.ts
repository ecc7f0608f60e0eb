import { words, written } from '../../model/duration.ts';
import { utc } from '../markdown.ts';
import { approval, isAnswer, needsApproval } from './approval.ts';
import { lapse } from './claim.ts';
import type { Context, Next } from './context.ts';
import { sourceCameBack } from './observe.ts';

/** The last question before the source gives up its role. */
export async function cutoverPresent(c: Context): Promise<Next> {
  if (!needsApproval(c, 'cutover')) return 'no approval is configured for it';
  const answer = await approval(c, 'cutover', `Move the active role of ${c.plan.pair} from ${c.from} to ${c.to} now?`, [
    `${c.from} is frozen, and ${c.to} holds what it held: ${c.final?.id}, proven`,
    ...(c.receipt && c.receipt.givenUp > 0 ? [`${c.receipt.givenUp} jobs were given up and travel along`] : []),
    `${c.receipt?.enabled.items ?? 0} schedules and automations will be enabled at ${c.to}`,
    ...outage(c),
    `${c.from} is fenced next; from then on nobody is waited for until ${c.to} serves`,
    `If this waits much longer than ${written(c.plan.freeze.max)}, ${c.from} serves again by itself; after an approval it is frozen and synced anew, and this is asked again`,
  ]);
  return isAnswer(answer) ? `approved by ${answer.who}: ${answer.why}` : answer;
}

/** Steps of this very run are the best guess at how long the like of them take. */
function outage(c: Context): readonly string[] {
  if (!c.frozenAt) return [];
  const since = words(Date.now() - Date.parse(c.frozenAt));
  const { redirects, checks, freeze } = c.plan;
  const left = [
    'demote',
    'promote',
    ...(redirects.length > 0 ? ['redirect'] : []),
    ...(checks.length > 0 ? ['verify'] : []),
  ];
  const state = freeze.frontDoor
    ? `Clients are out since ${utc(c.frozenAt)}, ${since} by now`
    : `Frozen since ${utc(c.frozenAt)}, ${since} by now; clients are not shut out, since no front door is configured`;
  const target = written(c.plan.targets.rto);
  return [`${state}; ${left.join(', ')} are left until they are served at ${c.to} (target ${target})`];
}

/** In gone form the approver asserts the fence where no means confirms it. */
export async function cutoverGone(c: Context): Promise<Next> {
  if (!needsApproval(c, 'cutover')) return 'no approval is configured for it';
  const means = c.plan.fences[c.from]?.filter((fence) => fence.at === 'control') ?? [];
  const answer = await approval(c, 'cutover', `Promote ${c.to} without ${c.from}?`, [
    `${c.to} holds ${c.chosen?.id ?? 'what an earlier run left'}${c.mismatches.length > 0 ? ', but not exactly' : ''}`,
    ...differing(c),
    means.length > 0
      ? `${c.from} is fenced next by ${means.map((fence) => fence.name).join(', ')}; where they do not confirm it, your approval asserts that ${c.from} cannot act`
      : `By approving you assert, in your name, that ${c.from} cannot act: it is powered off or cut off from clients, and will not start its schedules`,
  ]);
  if (!isAnswer(answer)) return answer;
  const back = await sourceCameBack(c);
  if (back) return lapse(c, back);
  c.cutover = { who: answer.who, why: answer.why, at: Date.now() };
  return `approved by ${answer.who}: ${answer.why}`;
}

/** Compared with the point after the restore: named before somebody promotes it. */
function differing({ mismatches, to, chosen }: Context): readonly string[] {
  if (mismatches.length === 0) return [];
  const more = mismatches.length > NAMED ? '; …' : '';
  return [
    `${mismatches.length}${mismatches.length === LISTED ? ' or more' : ''} items at ${to} are not as in ${chosen?.id}: ${mismatches.slice(0, NAMED).join('; ')}${more}`,
  ];
}

const NAMED = 5;
/** A comparison lists no more. */
const LISTED = 20;
