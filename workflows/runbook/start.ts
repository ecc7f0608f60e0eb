import { comparePoints } from '../../model/points.ts';
import { approval, isAnswer, needsApproval } from './approval.ts';
import { type Context, type Next, sourceRole, standsBy } from './context.ts';
import { unprovedClients } from './redirect.ts';

/** The plan, and what is not promised. */
export async function startPresent(c: Context): Promise<Next> {
  if (!needsApproval(c, 'start')) return 'no approval is configured for it';
  return decided(
    c,
    await approval(c, 'start', `Start the planned failover of ${c.plan.pair} from ${c.from} to ${c.to}?`, [
      `${c.from} (${c.fromView?.record?.role}) gives the active role to ${c.to} (${c.toView?.record?.role}); reason: ${c.input.reason}`,
      promise(c),
      ...owedBefore(c),
      ...c.plan.components.flatMap((component) =>
        component.notPromised.map((text) => `Not promised, ${component.name}: ${text}`),
      ),
      ...unprovedClients(c).map((text) => `Not promised: ${text}`),
      ...c.doubts,
      `Configuration ${c.plan.digest.slice(0, 12)}`,
    ]),
  );
}

/** Nothing is promised that cannot be kept. */
function promise(c: Context): string {
  const { plan } = c;
  if (!standsBy(c)) return `Nothing is taken or moved any more: what an earlier run began at ${c.to} is finished`;
  if (sourceRole(c) !== 'active') return takesWhatIsThere(c);
  const taken = 'a last recovery point is taken and proven before the role moves';
  if (!plan.freeze.frontDoor)
    return `What was accepted before the freeze is kept: ${taken}. No front door is configured: what clients write after the freeze is refused only as far as the components can, and else not protected`;
  if (plan.components.some(({ notPromised }) => notPromised.length > 0))
    return `Clients are held off, and ${taken}: nothing is lost but what is named here as not promised`;
  return `Nothing is lost: clients are held off, and ${taken}`;
}

/** An earlier run demoted the source, so that nothing can be taken there any more. */
function takesWhatIsThere({ from, to, fromView, toView }: Context): string {
  const [own, held] = [fromView?.record?.content, toView?.record?.content];
  const none = `No new recovery point is taken: ${from} is ${fromView?.record?.role} already`;
  if (held?.state === 'own')
    return `${none}. ${to} serves again with ${held.point ?? 'what it held'}, untouched since it was demoted itself`;
  const before = own?.state === 'own' && own.point ? `, and that is ${own.point}` : '';
  return `${none}. ${to} holds ${held?.point ?? 'no recovery point'} (${held?.state ?? 'none'}), and is promoted only if that is proven to be what ${from} held when it was demoted${before}`;
}

/** An earlier run gave them up, and nobody settled them since. */
function owedBefore({ fromView, from, to }: Context): readonly string[] {
  const count = fromView?.givenUpJobs ?? 0;
  return count > 0
    ? [
        `${count} jobs that an earlier run gave up at ${from} travel along, and are settled at ${to} after the promotion`,
      ]
    : [];
}

/** The quote: chosen point, what is mixed or unverified, verdict to be had. */
export async function startGone(c: Context): Promise<Next> {
  const { chosen } = c;
  if (!chosen) return 'an earlier run passed the point of no return: nothing is lost that was not lost by it';
  return decided(
    c,
    await approval(
      c,
      'start',
      `Start the unplanned failover of ${c.plan.pair} to ${c.to}, giving up what ${c.from} wrote after ${chosen.startedAt}?`,
      [
        `Promotes recovery point ${chosen.id} (${chosen.state}), whose backup began at ${chosen.startedAt}: everything written at ${c.from} after that is lost`,
        ...mixed(c),
        c.fromView
          ? `${c.from} still answers as ${c.fromView.record?.role ?? 'unknown'}: a planned failover would lose nothing`
          : `${c.from} does not answer`,
        verdictToBeHad(c),
        ...unprovedClients(c).map((text) => `Not promised: ${text}`),
        ...c.doubts,
        `Reason: ${c.input.reason}. Configuration ${c.plan.digest.slice(0, 12)}`,
      ],
    ),
  );
}

function decided(c: Context, answer: Awaited<ReturnType<typeof approval>>): Next {
  if (!isAnswer(answer)) return answer;
  c.startApprovedAt = Date.now();
  return `approved by ${answer.who}: ${answer.why}`;
}

/** What the target would hold beside the point. A merge restore is no mirror. */
function mixed(c: Context): readonly string[] {
  const content = c.toView?.record?.content;
  if (!content || !c.chosen) return [];
  if (content.state === 'own' && content.point === c.chosen.id)
    return [`${c.to} holds it untouched since it was demoted: nothing is restored`];
  if (content.state === 'writing') return [`${c.to} is half written with ${content.point}: it is restored over`];
  if (content.point && content.point !== c.chosen.id && comparePoints({ id: content.point }, c.chosen) > 0) {
    return [`${c.to} holds the newer ${content.point}: an older point restored over it leaves mixed content`];
  }
  return c.chosen.state === 'proven'
    ? []
    : [`${c.chosen.id} was never proven at ${c.to}: it is verified and restored first`];
}

function verdictToBeHad(c: Context): string {
  const means = c.plan.fences[c.from]?.filter((fence) => fence.at === 'control') ?? [];
  return means.length > 0
    ? `${c.from} will be fenced by ${means.map((fence) => fence.name).join(', ')}`
    : `No fence reaches ${c.from} from here: a person has to assert that it cannot act`;
}
