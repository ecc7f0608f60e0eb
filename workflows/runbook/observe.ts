import { ApplicationFailure } from '@temporalio/workflow';
import type { Finding } from '../../model/finding.ts';
import { comparePoints, type PointSummary } from '../../model/points.ts';
import type { SiteView } from '../../model/site-activities.ts';
import { holderGone } from '../claiming.ts';
import { stepFailure } from '../failures.ts';
import { controlSoon, lookAt } from '../proxies.ts';
import type { Context, Next } from './context.ts';

/** Looks at both sites. Nothing is changed; what does not fit is said before anyone approves anything. */
export async function observePresent(c: Context): Promise<Next> {
  const [from, to, beside] = await Promise.all([look(c, c.from), look(c, c.to), lookBeside(c)]);
  c.fromView = from;
  c.toView = to;
  c.doubts = beside.filter(({ level }) => level === 'warning').map(inWords);
  const situation = (await begunBefore(c, to)) ?? situationOf(c, from, to);
  if (situation) return situation;
  const faults = [
    ...preflight(c, from, 'source'),
    ...preflight(c, to, 'target'),
    ...versions(from, to),
    // After the point of no return would be a bad time to learn of it.
    ...beside.filter(({ level, topic }) => level === 'error' && topic.startsWith('redirect ')).map(inWords),
  ];
  if (faults.length > 0) throw unfit(c, faults, [from, to]);
  return `${c.from} ${from.record?.role}, ${c.to} ${to.record?.role}`;
}

/** What can be reached, and the quote of the loss: which point there is, how complete, and what is unverified. */
export async function observeGone(c: Context): Promise<Next> {
  const [to, from, beside] = await Promise.all([
    look(c, c.to),
    look(c, c.from, '5 seconds').catch((error: unknown) => stepFailure(error)),
    lookBeside(c),
  ]);
  // Nothing of this keeps anyone from promoting what is left; who approves it should know.
  c.doubts = beside.filter(({ level }) => level === 'error' || level === 'warning').map(inWords);
  c.toView = to;
  delete c.fromView;
  c.sourceSeenAt = Date.now();
  if ('site' in from) c.fromView = from;
  const begun = await begunBefore(c, to);
  if (begun) return begun;
  const role = to.record?.role;
  if (role !== 'standby' && role !== 'demoting') {
    throw ApplicationFailure.nonRetryable(
      `${c.to} is ${role ?? (to.recordProblem || 'without a record')}: only a standby is promoted without its source`,
      'WrongRole',
    );
  }
  const chosen = choose(c, to.points);
  // What the target holds already is promoted without its vault: it is a doubt then, and no fault.
  const content = to.record?.content;
  const held = chosen !== undefined && content?.state === 'proven' && content.point === chosen.id;
  const { vaultProblem, ...reached } = to;
  const faults = preflight(c, held ? reached : to, 'target');
  if (faults.length > 0) throw unfit(c, faults, [to]);
  if (held && vaultProblem)
    c.doubts = [
      ...c.doubts,
      `the vault of ${c.to} does not answer, so that newer points may lie there: ${vaultProblem}`,
    ];
  if (!chosen && c.input.point) return { end: 'rejected', why: unknownPoint(c, c.input.point, to.points) };
  if (!chosen) throw ApplicationFailure.nonRetryable(`${c.to}'s vault has no recovery point to promote`, 'NotProven');
  c.chosen = chosen;
  const source =
    'site' in from ? `${c.from} answers as ${from.record?.role ?? 'unknown'}` : `${c.from} does not answer`;
  return `${source}; newest point ${chosen.id} of ${chosen.startedAt}`;
}

/** Milliseconds for which a look at a source that counts as lost is good enough: each look at a dead one is outage. */
const FRESH = 30_000;

/**
 * Gone form, after people were waited for: what the source shows now against what its approval rests on. One that answers
 * by now was not lost, and would be given up for nothing. Undefined where nothing changed for the worse.
 */
export async function sourceCameBack(c: Context): Promise<string | undefined> {
  if (c.source !== 'gone' || Date.now() - (c.sourceSeenAt ?? 0) <= FRESH) return undefined;
  const now = await look(c, c.from, '5 seconds').catch((error: unknown) => stepFailure(error));
  c.sourceSeenAt = Date.now();
  if (!('site' in now)) return undefined;
  const [role, before] = [now.record?.role, c.fromView?.record?.role];
  if (c.fromView && role === before) return undefined;
  return `${c.from} answers as ${role ?? 'unknown'} now, and ${c.fromView ? `answered as ${before ?? 'unknown'}` : 'did not answer'} when the loss was stated`;
}

/** A worker that lives takes a task in milliseconds; while the source is counted as lost, each second waited is outage. */
const look = (c: Context, site: string, wait: '20 seconds' | '5 seconds' = '20 seconds'): Promise<SiteView> =>
  lookAt(c.plan.pair, site, `Observe ${site}`, wait).observe({ pair: c.plan.pair, deep: true });

/** What moves the clients, the fences that run from control, and the clients' address, as control sees them. */
const lookBeside = (c: Context): Promise<readonly Finding[]> =>
  controlSoon(c.plan.pair, "Look at redirects, fences and the clients' address")
    .checkControl({ pair: c.plan.pair })
    .then((found) => found.filter(({ topic }) => topic !== 'configuration'))
    .catch((error: unknown) => [{ level: 'warning', topic: 'control', says: stepFailure(error).says }]);

const inWords = ({ topic, says, todo }: Finding): string => `${topic}: ${says}${todo ? ` (${todo})` : ''}`;

/** The one that was asked for, else the newest that is not known to be damaged: epochs and sequences order them. */
const choose = (c: Context, points: readonly PointSummary[]): PointSummary | undefined =>
  c.input.point
    ? points.find((point) => point.id === c.input.point)
    : points
        .filter((point) => !c.damaged.has(point.id))
        .sort(comparePoints)
        .at(-1);

/** Nothing that a person could mend while the run waits: it is started again with another one. */
function unknownPoint({ to }: Context, asked: string, points: readonly PointSummary[]): string {
  const newest = [...points].sort(comparePoints).slice(-5).reverse();
  const has = newest.map(({ id, startedAt }) => `${id} of ${startedAt}`).join(', ') || 'none';
  return `the vault of ${to} has no point ${asked}. Its newest: ${has}`;
}

/**
 * The target is past the point of no return. Done, or still being done: there is nothing for us to do. Where the run that
 * began it is gone, the rest of its work is finished: the claim under which the role was taken is still open.
 */
async function begunBefore(c: Context, to: SiteView): Promise<Next> {
  const { record } = to;
  if (record?.role !== 'active' && record?.role !== 'promoting') return undefined;
  const committed = record.role === 'active' && (record.claim.closed || record.claim.number !== record.epoch);
  if (committed) return { end: 'already-there', why: `${c.to} is active` };
  if (record.role === 'active' && !(await holderGone(to)))
    return { end: 'already-there', why: `${c.to} is active, and ${record.claim.operation} finishes` };
  return `${c.to} is ${record.role}: what an earlier run began is finished`;
}

/** What does not fit, so that a person may mend it. A configuration that is another one than planned may be replanned. */
const unfit = (c: Context, faults: readonly string[], views: readonly SiteView[]): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    faults.join('; '),
    views.some((view) => view.configDigest !== c.plan.digest) ? 'ConfigChanged' : 'NotYet',
  );

/** Where the pair stands, when that is not "one active, one standby". */
function situationOf(c: Context, from: SiteView, to: SiteView): Next {
  const [source, target] = [from.record?.role, to.record?.role];
  if (target === 'standby' && (source === 'active' || source === 'demoting' || source === 'standby')) return undefined;
  throw ApplicationFailure.nonRetryable(
    `${c.from} is ${source ?? (from.recordProblem || 'without a record')} and ${c.to} is ${target ?? (to.recordProblem || 'without a record')}: ` +
      'that cannot be failed over as planned',
    'WrongRole',
  );
}

/** Workers of before told null where nothing was down. */
const isFenced = ({ record, down }: SiteView): boolean =>
  (record?.role === 'standby' || record?.role === 'demoting') && (down?.length ?? 0) > 0;

function preflight(c: Context, view: SiteView, role: 'source' | 'target'): readonly string[] {
  const faults: string[] = [];
  if (view.vaultProblem) faults.push(`the vault of ${view.site}: ${view.vaultProblem}`);
  if (view.configDigest !== c.plan.digest)
    faults.push(`the worker of ${view.site} has another configuration than control`);
  for (const component of view.components) {
    // Stopped by the site's own fence: the claim lowers that, and is not granted before the application answers.
    if (component.problem && isFenced(view)) continue;
    if (component.problem) faults.push(`${component.name} at ${view.site}: ${component.problem}`);
    else if (!component.healthy && role === 'target')
      faults.push(`${component.name} at ${view.site} is not healthy: ${component.says}`);
    const known = view.record?.identity[component.name];
    if (!component.problem && known !== component.identity) {
      faults.push(
        `${component.name} at ${view.site} answers as ${component.identity}, and the record names ${known ?? 'nothing'}`,
      );
    }
  }
  return faults;
}

/** A backup restores to the same or a newer version, never to an older one (fme-flow-api.md, 6). */
function versions(from: SiteView, to: SiteView): readonly string[] {
  const build = (text: string): number => Number(/build (\d+)/i.exec(text)?.[1] ?? Number.NaN);
  return from.components.flatMap((component) => {
    const other = to.components.find((each) => each.name === component.name);
    if (!other || !(build(component.version) > build(other.version))) return [];
    return [
      `${component.name} is ${component.version} at ${from.site} and older at ${to.site} (${other.version}): it would refuse the restore`,
    ];
  });
}
