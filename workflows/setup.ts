import { ApplicationFailure } from '@temporalio/workflow';
import { againstAdding } from '../model/add-components.ts';
import { type EarlierLife, earlierLife, firstNumber } from '../model/earlier-life.ts';
import { inputProblem, type PairInput } from '../model/inputs.ts';
import type { SetupResult } from '../model/inspect.ts';
import type { Plan } from '../model/plan.ts';
import type { SiteRecord } from '../model/record.ts';
import type { SiteView } from '../model/site-activities.ts';
import { endWith } from './failures.ts';
import { at, lookAt } from './proxies.ts';
import { readPlan } from './read-plan.ts';

/**
 * First start: vaults and records are made where they are absent, the standby's first, the active's only after the standby
 * was read back. Repeated, it completes what is missing and changes nothing else.
 */
export async function setup(input: PairInput): Promise<SetupResult> {
  const problem = inputProblem('pair', input);
  if (problem) throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
  const { pair } = input;
  try {
    return await establish(pair);
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    return endWith(error);
  }
}

async function establish(pair: string): Promise<SetupResult> {
  const plan = await readPlan(pair);
  const [first, second] = plan.sites as readonly [string, string];
  const standby = plan.active === first ? second : first;
  const views = await Promise.all(
    [plan.active, standby].map((site) =>
      lookAt(pair, site, `Observe ${site}`, '2 minutes').observe({ pair, deep: true }),
    ),
  );
  const [activeView, standbyView] = views;
  const did: string[] = [];

  const ids = await Promise.all(
    [plan.active, standby].map((site) => lookAt(pair, site, `Identify ${site}`).identify({ pair })),
  );
  for (const { name } of plan.components) {
    if (ids[0]?.[name] === ids[1]?.[name]) {
      throw ApplicationFailure.nonRetryable(
        `${name} has the same identity at both sites (${ids[0]?.[name]}): both addresses lead to one installation`,
        'WrongIdentity',
      );
    }
  }
  // The active's vault first: the standby's is made with its chunker parameters.
  for (const site of [plan.active, standby]) {
    await at(pair, site, `Make the vault of ${site}`).createVault({ pair });
    did.push(`the vault of ${site} is there`);
  }
  if (activeView?.record && standbyView?.record) {
    const [one, other] = [activeView.record, standbyView.record];
    if (one.setup !== other.setup || one.pair !== other.pair) {
      throw ApplicationFailure.nonRetryable(
        `${one.site} has a record of setup ${one.setup} (pair ${one.pair}), ${other.site} one of setup ${other.setup} (pair ${other.pair}): ` +
          'they do not belong together. Nothing was changed; look at the state folders of both sites',
        'OtherSetup',
      );
    }
    const now = views.find((view) => view.record?.role === 'active')?.site ?? plan.active;
    const added = await addNew(pair, plan.components, views, ids);
    return {
      active: now,
      did: [
        ...did,
        ...added,
        `both records are there: ${views.map((view) => `${view.site} ${view.record?.role}`).join(', ')}`,
      ],
    };
  }
  const id = standbyView?.record?.setup ?? activeView?.record?.setup ?? plan.digest.slice(0, 12);
  const ordinal = (site: string): 1 | 2 => (site === first ? 1 : 2);
  const against = evidenceAgainst(activeView, standbyView);
  const life = activeView?.record || standbyView?.record ? null : await livedBefore(plan, standby);
  if (life) did.push(`both records were missing, and ${life.says}: numbers go on above ${life.highest}`);
  const number = standbyView?.record?.claim.number ?? firstNumber(ordinal(plan.active), life?.highest ?? 0);
  const made = await at(pair, standby, `Make the record of ${standby}`).establish({
    pair,
    setup: id,
    role: 'standby',
    ordinal: ordinal(standby),
    peer: activeView?.record ?? null,
    peerIdentity: ids[0] ?? {},
    number,
    ...(against ? { evidenceAgainst: against } : {}),
  });
  const read = await at(pair, plan.active, `Make the record of ${plan.active}`).establish({
    pair,
    setup: id,
    role: 'active',
    ordinal: ordinal(plan.active),
    peer: made,
    peerIdentity: ids[1] ?? {},
    number,
    ...(against ? { evidenceAgainst: against } : {}),
  });
  did.push(`${standby} is ${made.role}`, `${plan.active} is ${read.role}`);
  return { active: plan.active, did };
}

/**
 * Records that are lost do not make a pair new: what its vaults tell of the active site has to agree with the
 * configuration, or the next sync would restore the older content over the newer one.
 */
async function livedBefore({ pair, active }: Plan, standby: string): Promise<EarlierLife | null> {
  const traces = (site: string) =>
    lookAt(pair, site, `Look for an earlier life of the pair from ${site}`, '2 minutes').findTraces({ pair });
  const life = earlierLife(await Promise.all([traces(active), traces(standby)]));
  if (!life || life.active === active) return life;
  throw ApplicationFailure.nonRetryable(
    `both site records are missing, but this pair has lived: ${life.says}. As configured, ${active} would be made the active site, ` +
      `and its content would be restored over that of ${standby}. If ${life.active} is the site that serves, put \`active: ${life.active}\` into the ` +
      `configuration of all workers and repeat; if ${active} really holds what is to be kept, give the pair new vaults. No record was made`,
    'Contradiction',
  );
}

/** Components that the configuration got since: the standby's record first, as at the first setup. Which site that is, the records say. */
async function addNew(
  pair: string,
  components: Plan['components'],
  views: readonly SiteView[],
  ids: readonly SiteRecord['identity'][],
): Promise<readonly string[]> {
  const isNew = (name: string): boolean => views.some(({ record }) => record && !Object.hasOwn(record.identity, name));
  const added = components.map(({ name }) => name).filter(isNew);
  if (added.length === 0) return [];
  const both = views.map((view, index) => ({
    site: view.site,
    record: view.record as SiteRecord,
    identity: ids[index] ?? {},
    executing: view.components.filter(({ executing }) => executing).map(({ name }) => name),
  }));
  const [standby, active] = both[0]?.record.role === 'standby' ? both : [...both].reverse();
  if (!standby || !active) return [];
  const against = againstAdding(active, standby, added);
  let peer = active;
  for (const each of [standby, active]) {
    const record = await at(pair, each.site, `Add ${added.join(', ')} at ${each.site}`.slice(0, 190)).addComponents({
      pair,
      peer: peer.record,
      peerIdentity: peer.identity,
      ...(against ? { evidenceAgainst: against } : {}),
    });
    peer = { ...each, record };
  }
  return [
    `${added.join(', ')} added to the records of ${standby.site} and ${active.site}: the next sync brings it over`,
  ];
}

/** The applications themselves show which site serves: one that executes is not made the standby of one that does not. */
function evidenceAgainst(active: SiteView | undefined, standby: SiteView | undefined): string | undefined {
  const runs = (view: SiteView | undefined): boolean => view?.components.some(({ executing }) => executing) ?? false;
  if (runs(active) || !runs(standby)) return undefined;
  return `the executing parts run at ${standby?.site} and not at ${active?.site}, which is configured as active: start them there, or correct \`active\``;
}
