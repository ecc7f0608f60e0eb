import type { Verdict } from '../../model/record.ts';
import { stepFailure } from '../failures.ts';
import { at, atSoon, control } from '../proxies.ts';
import { type Context, type Next, orderOf, sourceRole } from './context.ts';

/** `demoting` → fence, read back → `standby`. Nobody is waited for from here to the promotion, unless a step fails. */
export async function demote(c: Context): Promise<Next> {
  const { pair } = c.plan;
  // Demoted by an earlier run: its own word, returned by the claim at the source, is what the promotion needs.
  if (sourceRole(c) === 'standby') return `${c.from} was demoted before`;
  // Its own fences, read back by its own worker, which then says that it is a standby. Those that run from control (power,
  // firewall) are for a source that does not answer: a standby that is switched off could not even say so.
  const fenced = await at(pair, c.from, `Demote and fence ${c.from}`).demote({
    order: orderOf(c, 'demote'),
    ...(c.receipt ? { point: c.receipt.point } : {}),
  });
  // Until here the site stays frozen while a blocked demotion waits for an answer.
  c.stopRenewing?.();
  c.verdict = fenced.verdict;
  c.peer = fenced.evidence;
  const late = fenced.late ?? [];
  if (late.length > 0)
    c.notes.push(
      `${c.from} accepted ${late.length} jobs after it was drained, which do not run: ${late.slice(0, 5).join('; ')}`,
    );
  return `${c.from} is standby; fenced by ${fenced.verdict.means}`;
}

/** The source does not take part: fenced by means that run from control, or asserted by the person who approved the cutover. */
export async function fenceGone(c: Context): Promise<Next> {
  if (c.cutover && isStale(c, c.cutover.at)) return askAgain(c, `the approval of ${c.cutover.who} is too old`);
  const means = (c.plan.fences[c.from] ?? []).filter((fence) => fence.at === 'control');
  const confirmed: string[] = [];
  const open: string[] = [];
  try {
    // Not waited for long: each second is outage, and the verdict stands by itself.
    await atSoon(c.plan.pair, c.to, `Tell ${c.from} of claim ${c.claim}, should it come back`).publish({
      order: orderOf(c, 'demote', 'publish'),
    });
  } catch (error) {
    c.notes.push(`the claim could not be published in the vault of ${c.to}: ${stepFailure(error).says}`);
  }
  for (const fence of means) {
    try {
      const done = await control(c.plan.pair, `Fence ${c.from} by ${fence.name}`).fence({
        pair: c.plan.pair,
        site: c.from,
        name: fence.name,
      });
      if (done.result === 'confirmed') confirmed.push(`${fence.name}: ${done.says}`);
      else open.push(`${fence.name}: ${done.says}`);
    } catch (error) {
      open.push(`${fence.name}: ${stepFailure(error).says}`);
    }
  }
  // An assertion names them by itself.
  if (confirmed.length > 0) c.notes.push(...open.map((says) => `this fence of ${c.from} did not confirm: ${says}`));
  c.verdictAt = Date.now();
  c.verdict =
    confirmed.length > 0
      ? { site: c.from, result: 'confirmed', means: confirmed.join('; '), claim: c.claim }
      : await asserted(c, open);
  return c.verdict.result === 'confirmed'
    ? `${c.from} is fenced: ${c.verdict.means}`
    : `asserted by ${c.verdict.by?.who}: ${c.verdict.by?.why}`;
}

/** A site that could not act when somebody said so may have been switched on since. */
const isStale = (c: Context, at: number): boolean => Date.now() - at > c.plan.approvals.validFor;

/** Right before the point of no return: a verdict that rests on a word, or a look, of long ago is not used. */
export function staleVerdict(c: Context): Next {
  if (c.source !== 'gone' || c.verdictAt === undefined || !isStale(c, c.verdictAt)) return undefined;
  return askAgain(c, `the verdict on ${c.from} is too old`);
}

function askAgain(c: Context, why: string): Next {
  const goto = c.cutover ? 'cutover' : 'demote';
  delete c.cutover;
  delete c.verdict;
  delete c.verdictAt;
  c.notes.push(`${why}: it is had anew`);
  // Hooks may take longer than a word is good for, which would never be used then.
  return { goto, why, keepHooks: true };
}

async function asserted(c: Context, open: readonly string[]): Promise<Verdict> {
  const { at, ...by } = c.cutover ?? { ...(await assertion(c, open)), at: Date.now() };
  c.verdictAt = at;
  return { site: c.from, result: 'asserted', means: open.join('; ') || 'a person', claim: c.claim, by };
}

async function assertion(c: Context, open: readonly string[]): Promise<{ who: string; why: string }> {
  const answer = await c.run.ask({
    step: 'demote',
    title: `Can ${c.from} no longer act?`,
    choices: ['confirmed'],
    facts: [
      ...open,
      `confirmed: you assert, in your name, that ${c.from} is powered off or cut off, and will not act again by itself`,
    ],
  });
  return { who: answer?.who ?? '', why: answer?.why ?? '' };
}
