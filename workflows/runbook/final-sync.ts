import { ApplicationFailure } from '@temporalio/workflow';
import { restorePoint, runCycle } from '../cycle.ts';
import { stepFailure } from '../failures.ts';
import { at } from '../proxies.ts';
import { type Context, type Next, orderOf, targetRole } from './context.ts';

/** A point taken after the freeze, proven at the target. */
export async function finalSync(c: Context): Promise<Next> {
  delete c.receipt;
  const { point, proof, notes } = await runCycle({
    plan: c.plan,
    from: c.from,
    to: c.to,
    purpose: 'final',
    order: (part) => orderOf(c, 'final-sync', part),
    onPart: async (part) => {
      if (part === 'restore') {
        c.restoring = true;
        delete c.final;
      }
      c.run.step('final-sync', { note: part });
    },
  });
  c.final = point;
  c.restoring = false;
  c.notes.push(...notes);
  c.run.update({ point: point.id });
  return `${point.id} is proven at ${c.to}: ${proof.equal} items equal, ${proof.extras} extra`;
}

/** The chosen point restored, unless the content is proven for exactly it. */
export async function restoreChosen(c: Context): Promise<Next> {
  const { chosen } = c;
  c.mismatches = [];
  if (!chosen) return 'not needed: the target is past the point of no return';
  c.run.update({ point: chosen.id });
  const { pair } = c.plan;
  const order = (part: string) => orderOf(c, 'final-sync', part);
  let content = c.toView?.record?.content;
  // It was about to give the role up when its peer was lost: it becomes a standby first, with all that it holds.
  if (targetRole(c) === 'demoting')
    content = (await at(pair, c.to, `End the demotion of ${c.to}`).demote({ order: order('demote') })).evidence.content;
  if ((content?.state === 'proven' || content?.state === 'own') && content.point === chosen.id)
    return `${c.to} holds exactly ${chosen.id}, ${content.state === 'own' ? 'untouched since it was demoted' : 'proven before'}`;
  try {
    await at(pair, c.to, `Read ${chosen.id} again from ${c.to}'s vault`).verify({
      order: order('intact'),
      point: chosen.id,
    });
  } catch (error) {
    const { type, says } = stepFailure(error);
    if (type !== 'Damaged' || c.input.point) throw error;
    // Another point is another loss: it is quoted, and approved, anew.
    c.damaged.add(chosen.id);
    c.notes.push(`${chosen.id} is damaged in the vault of ${c.to}: ${says}`);
    return { goto: 'observe', why: `${chosen.id} is damaged` };
  }
  c.notes.push(...(await restorePoint({ plan: c.plan, to: c.to, point: chosen.id, order })));
  const proof = await at(pair, c.to, `Compare ${c.to} with ${chosen.id}`).prove({
    order: order('prove'),
    point: chosen.id,
  });
  c.mismatches = proof.mismatches;
  if (proof.mismatches.length > 0) c.notes.push(`not as in ${chosen.id}: ${proof.mismatches.join('; ')}`);
  return proof.mismatches.length > 0
    ? `${chosen.id} is restored, ${proof.mismatches.length} items differ`
    : `${chosen.id} is restored and proven`;
}

/** The target as far as it goes with its executing parts stopped. */
export async function stage(c: Context): Promise<Next> {
  const { notes } = await at(c.plan.pair, c.to, `Stage ${c.to}`).stage({ order: orderOf(c, 'stage') });
  return notes.join('; ') || 'ready';
}

/** What the frozen source held, reproduced at the target. A mismatch cannot be skipped. */
export async function receipt(c: Context): Promise<Next> {
  const point = c.final?.id;
  if (!point) throw ApplicationFailure.nonRetryable('there is no point that was taken after the freeze', 'NotProven');
  c.receipt = await at(c.plan.pair, c.from, `Issue the receipt at ${c.from}`).issueReceipt({
    order: orderOf(c, 'receipt', 'issue'),
    point,
  });
  const found = await at(c.plan.pair, c.to, `Check the receipt at ${c.to}`).acceptReceipt({
    order: orderOf(c, 'receipt', 'accept'),
    receipt: c.receipt,
  });
  const expected = Object.entries(found.expected).map(([rule, count]) => `${count} ${rule}`);
  return `${found.equal} items equal${expected.length > 0 ? `, expected: ${expected.join(', ')}` : ''}`;
}
