import { at, control, patient } from '../proxies.ts';
import { approval, isAnswer, needsApproval } from './approval.ts';
import { type Context, type Next, orderOf } from './context.ts';

/** Clients are moved, each means journaled at the target before and after, and read back. */
export async function redirect(c: Context): Promise<Next> {
  const { pair, redirects } = c.plan;
  if (redirects.length === 0) return 'no redirect is configured: clients find the new site by themselves';
  if (needsApproval(c, 'redirect')) {
    const answer = await approval(c, 'redirect', `Move the clients of ${pair} to ${c.to}?`, [
      `${c.to} is active and serves at its own address`,
      ...redirects.map((each) => `${each.kind} redirect ${each.name}`),
    ]);
    // The role has moved: a rejection only means "not now", so it is asked again as a blocked step.
    if (!isAnswer(answer)) return { goto: 'redirect', why: 'the redirect was rejected' };
  }
  for (const { name } of redirects) {
    await at(pair, c.to, `Journal that ${name} is moved`).journalRedirect({
      order: orderOf(c, 'redirect', `${name}.intent`),
      name,
      to: c.to,
      phase: 'intent',
    });
    const moved = await control(pair, `Move ${name} to ${c.to}`).moveRedirect({ pair, name, to: c.to });
    if (!moved.moved) {
      await c.run.ask({
        step: 'redirect',
        title: `Move the clients: ${moved.ask ?? name}`,
        choices: ['done'],
        facts: [moved.ask ?? '', `done: the clients' address leads to ${c.to}; it is proved next`],
      });
    }
    await at(pair, c.to, `Journal that ${name} was moved`).journalRedirect({
      order: orderOf(c, 'redirect', `${name}.done`),
      name,
      to: c.to,
      phase: 'done',
    });
  }
  c.redirectedAt = new Date().toISOString();
  return `${redirects.map((each) => each.name).join(', ')} → ${c.to}`;
}

/** Proved as each kind of client, from control and from the target: the new site answers, by facts a restore does not carry over. */
export async function verify(c: Context): Promise<Next> {
  const { pair, checks } = c.plan;
  const identity = c.toView?.record?.identity ?? {};
  // All of them end before the step does: none runs on beside a person's answer.
  const seen = await Promise.allSettled(
    checks.flatMap(({ name }) => [
      patient(8).control(pair, `Check ${name} from control`).runCheck({ pair, name, site: c.to, identity }),
      patient(8).at(pair, c.to, `Check ${name} from ${c.to}`).runCheck({ pair, name, site: c.to, identity }),
    ]),
  );
  const failed = seen.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  c.verifiedAt = new Date().toISOString();
  if (checks.length === 0) return 'no client check is configured';
  const unproved = unprovedClients(c);
  c.notes.push(...unproved);
  return [`${checks.length} checks hold, from control and from ${c.to}`, ...unproved].join('; ');
}

/** A check that holds at either site proves that something answers, and not who. */
export const unprovedClients = ({ plan: { checks }, to }: Context): readonly string[] =>
  checks.some(({ tells }) => tells)
    ? []
    : [`no client check can tell the sites apart, so that clients reach ${to} is not proved`];
