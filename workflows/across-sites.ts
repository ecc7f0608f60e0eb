import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { ComponentView, SiteView } from '../model/site-activities.ts';
import type { Seen } from './pair-status.ts';

/** What only shows when the two sites are laid side by side: clocks, time zones, versions, identities, roles. */
export function acrossSites(plan: Plan, seen: readonly Seen[]): readonly Finding[] {
  const [a, b] = seen.filter((each): each is SiteView => 'clock' in each);
  if (!a || !b) return [];
  return [
    ...clocks(a, b),
    ...configurations(plan, [a, b]),
    ...components(a, b),
    ...unknown(plan, [a, b]),
    ...roles([a, b]),
  ];
}

function clocks(a: SiteView, b: SiteView): readonly Finding[] {
  const skew = Math.abs(Date.parse(a.clock) - Date.parse(b.clock));
  return [
    skew > 5_000
      ? {
          level: 'warning',
          topic: 'clock',
          says: `the clocks of ${a.site} and ${b.site} differ by ${Math.round(skew / 1_000)} s`,
          todo: 'synchronise them by NTP',
        }
      : {
          level: 'ok',
          topic: 'clock',
          says: `the clocks of ${a.site} and ${b.site} agree within ${Math.max(1, Math.ceil(skew / 1_000))} s`,
        },
    a.timeZone === b.timeZone
      ? { level: 'ok', topic: 'time-zone', says: `both workers are on ${a.timeZone}` }
      : {
          level: 'error',
          topic: 'time-zone',
          says: `${a.site} is on ${a.timeZone}, ${b.site} on ${b.timeZone}: schedules would fire at other times after a failover`,
          todo: 'set both machines to one time zone',
        },
  ];
}

const configurations = (plan: Plan, views: readonly SiteView[]): readonly Finding[] =>
  views.map((view) =>
    view.configDigest === plan.digest
      ? {
          level: 'ok',
          topic: 'config',
          site: view.site,
          says: `has the configuration of control, ${plan.digest.slice(0, 12)}`,
        }
      : {
          level: 'error',
          topic: 'config',
          site: view.site,
          says: `its worker has the configuration ${view.configDigest.slice(0, 12)}, and control ${plan.digest.slice(0, 12)}`,
          todo: 'copy understudy.yaml there and restart the worker',
        },
  );

function components(a: SiteView, b: SiteView): readonly Finding[] {
  return a.components.flatMap((component): readonly Finding[] => {
    const other = b.components.find((each) => each.name === component.name);
    if (!other || component.problem || other.problem) return [];
    const says = `${component.name} is ${component.version} at ${a.site} and ${other.version} at ${b.site}`;
    return [
      component.version === other.version
        ? { level: 'ok', topic: 'version', component: component.name, says }
        : {
            level: 'warning',
            topic: 'version',
            component: component.name,
            says,
            todo: 'bring both to one version: a backup restores to the same or a newer one only',
          },
      ...zones(a, b, component, other),
      ...(component.identity === other.identity
        ? ([
            {
              level: 'error',
              topic: 'identity',
              component: component.name,
              says: 'both addresses lead to one installation',
              todo: 'check the addresses of the sites',
            },
          ] as const)
        : []),
    ];
  });
}

/** A component that the configuration got after the pair was set up: every step that touches it refuses. */
const unknown = (plan: Plan, views: readonly SiteView[]): readonly Finding[] =>
  views.flatMap(({ site, record }) =>
    plan.components
      .filter(({ name }) => record && !Object.hasOwn(record.identity, name))
      .map(({ name }) => ({
        level: 'error',
        topic: 'identity',
        site,
        component: name,
        says: 'is new in the configuration, and the record of the site does not know it: syncs and failovers refuse',
        todo: 'run understudy setup',
      })),
  );

/** An application has a time zone of its own, which need not be that of the worker beside it. */
function zones(a: SiteView, b: SiteView, mine: ComponentView, other: ComponentView): readonly Finding[] {
  if (mine.timeZone === undefined || other.timeZone === undefined) return [];
  const topic = 'time-zone';
  const component = mine.name;
  if (mine.timeZone === other.timeZone)
    return [{ level: 'ok', topic, component, says: `${component} is on ${mine.timeZone} at both sites` }];
  return [
    {
      level: 'error',
      topic,
      component,
      says: `${component} is on ${mine.timeZone} at ${a.site} and on ${other.timeZone} at ${b.site}: schedules would fire at other times after a failover`,
      todo: `set both servers to one time zone, and restart ${component} where it was changed`,
    },
  ];
}

function roles(views: readonly SiteView[]): readonly Finding[] {
  const says = views
    .map((view) => `${view.site} ${view.record ? `is ${view.record.role}` : (view.recordProblem ?? 'has no record')}`)
    .join(', ');
  if (views.every((view) => view.record === null))
    return [{ level: 'note', topic: 'roles', says: 'the pair is not set up yet', todo: 'understudy setup' }];
  const one = views.filter((view) => view.record?.role === 'active').length === 1;
  return [
    one
      ? { level: 'ok', topic: 'roles', says }
      : {
          level: 'error',
          topic: 'roles',
          says: `not exactly one site is active: ${says}`,
          todo: 'understudy status tells what can be done',
        },
  ];
}
