import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SiteName } from '../../demo/scene-config.ts';
import { commandService } from '../../demo/simulator/machine/command.ts';
import { readLedger, runTwice } from '../../demo/simulator/work/ledger.ts';
import { acting, type SiteRecord } from '../../model/record.ts';
import type { FailoverResult } from '../../model/status.ts';
import { ENABLED } from './authors.ts';
import { machineOf, type Stage } from './stage.ts';
import { until } from './until.ts';

/** What must hold after a failover, whatever was killed on the way. Nothing here is taken from the run's own word. */
export async function brokenPromises(stage: Stage, result: FailoverResult): Promise<readonly string[]> {
  const from = result.from as SiteName;
  const record = recordOf(stage, from);
  const broken = [...(await brokenAtTarget(stage, result))];
  const must = (what: string, holds: boolean): void => void (holds || broken.push(what));

  must(`exactly one site acts: ${from} is ${record?.role}`, !acting(record?.role ?? 'active'));
  must(`the claim at ${from} is closed`, record?.claim.closed === true);
  must(`nothing is enabled at ${from}: ${enabledAt(stage, from)}`, enabledAt(stage, from).length === 0);
  const quiet = await commandService(machineOf(stage.scene, from), 'status', 'engines');
  must(
    `nothing is executed at ${from}, also not after a restart of its machine`,
    !quiet.running && !quiet.startsWithMachine,
  );
  return [...broken, ...(await withoutPoint(stage, result)), ...ledgerFaults(stage)];
}

/** The part of it that holds whatever became of the source. */
export async function brokenAtTarget(stage: Stage, result: FailoverResult): Promise<readonly string[]> {
  const to = result.to as SiteName;
  const record = recordOf(stage, to);
  const broken: string[] = [];
  const must = (what: string, holds: boolean): void => void (holds || broken.push(what));

  must(`the run is committed: ${result.outcome} ${result.why ?? ''}`, result.outcome === 'committed');
  must(`${to} is active: ${record?.role}`, record?.role === 'active');
  must(`the claim at ${to} is closed`, record?.claim.closed === true);
  must(`the front door leads to ${to}`, (await leadsTo(stage)) === to);
  const key = await clientsReach(stage);
  must(`clients reach ${to}`, key === stage.scene.sites[to].machineKey);
  must(`what is enabled at ${to}: ${enabledAt(stage, to)}`, same(enabledAt(stage, to), ENABLED));
  const serving = await commandService(machineOf(stage.scene, to), 'status', 'engines');
  must(`the engines run at ${to}`, serving.running);
  return broken;
}

/** Both vaults have the point that was promoted. */
async function withoutPoint(stage: Stage, result: FailoverResult): Promise<readonly string[]> {
  const vaults = await stage.understudy.inspect('points');
  return vaults
    .filter((vault) => !vault.points.some((point) => point.id === result.point))
    .map((vault) => `the vault of ${vault.site} has ${result.point}`);
}

/** A job that ran twice, at one site or at both. */
export const ledgerFaults = (stage: Stage): readonly string[] =>
  runTwice(readLedger(stage.scene.ledger)).map((group) => `ran twice: ${JSON.stringify(group)}`);

export const hasRun = (stage: Stage, nonce: string): boolean =>
  readLedger(stage.scene.ledger).some((line) => line.nonce === nonce && line.result === 'success');

/** Waits until every job that a client got accepted has run; what never does, is lost. */
export async function lostJobs(
  stage: Stage,
  limit: number,
  accepted: readonly string[] = stage.writers.accepted,
): Promise<readonly string[]> {
  const missing = (): readonly string[] => {
    const ran = new Set(
      readLedger(stage.scene.ledger)
        .filter(({ result }) => result === 'success')
        .map(({ nonce }) => nonce),
    );
    return accepted.filter((nonce) => !ran.has(nonce));
  };
  await until('end of all accepted jobs', () => (missing().length === 0 ? true : undefined), { limit }).catch(() => {});
  return missing();
}

export const recordOf = (stage: Stage, site: SiteName): SiteRecord | null => {
  try {
    return JSON.parse(readFileSync(join(stage.scene.folder, site, 'state', 'record.json'), 'utf8')) as SiteRecord;
  } catch {
    return null;
  }
};

const KINDS = ['schedules', 'automations', 'streams'];

/** As the disk of the simulated FME Flow has it. */
export function enabledAt(stage: Stage, site: SiteName): readonly string[] {
  const text = readFileSync(join(machineOf(stage.scene, site), 'items.json'), 'utf8');
  const items = JSON.parse(text) as Record<string, Record<string, { item: { enabled?: boolean } }>>;
  return KINDS.flatMap((kind) =>
    Object.entries(items[kind] ?? {}).flatMap(([name, { item }]) => (item.enabled ? [`${kind} ${name}`] : [])),
  ).sort();
}

async function leadsTo(stage: Stage): Promise<string> {
  const answer = await fetch(`${stage.scene.door.desk}/leads-to`);
  return ((await answer.json()) as { leadsTo: string }).leadsTo;
}

/** Through the front door, which a client would find open. */
const clientsReach = (stage: Stage): Promise<string> =>
  stage.throughTheDoor.machineKey().catch((error: Error) => error.message);

const same = (left: readonly string[], right: readonly string[]): boolean => left.join() === right.join();
