import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { words } from '../model/duration.ts';
import type { FailoverResult, SyncResult } from '../model/status.ts';
import type { Director } from './director.ts';
import { type FlowApi, flowApi } from './flow-api.ts';
import type { Span } from './open-activity.ts';
import type { Scene } from './scene.ts';
import type { SiteName } from './scene-config.ts';
import { commandService } from './simulator/machine/command.ts';

type Say = (line: string) => void;

const PATIENCE_MS = 30_000;

/** Waits until it holds, but not for ever: what does not hold then is for the judge to say. */
export async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !holds() && Date.now() < end; ) await sleep(50);
}

/** Authors publish workspaces and a schedule at the active site, whose engines an administrator started. */
export async function publish(scene: Scene): Promise<void> {
  await commandService(join(scene.folder, 'dc1', 'machine'), 'start', 'engines');
  const api = flowApi(scene.sites.dc1.url, scene.token);
  await api.createRepository('Orders');
  for (const workspace of ['write.fmw', 'smoke.fmw', 'nightly.fmw']) await api.publish('Orders', workspace);
  await api.schedule({ name: 'every-second', repository: 'Orders', workspace: 'nightly.fmw', seconds: 1 });
}

/** What a run came to, and where it is seen. */
export interface Told<Result> {
  readonly result: Result;
  readonly link: string;
}

export interface Synced extends Told<SyncResult> {
  readonly took: number;
  /** When its backup began and ended, by the Temporal server's record and clock. */
  readonly backup: Span;
}

/** One sync, told in one line. */
export async function sync(director: Director, say: Say): Promise<Synced> {
  const started = Date.now();
  const run = await director.understudy.sync();
  const link = await director.link(run);
  const result = await run.result();
  if (result.outcome !== 'synced') throw new Error(`the sync ended as ${result.outcome}: ${result.why}`);
  const took = Date.now() - started;
  say(`  ${result.from} → ${result.to}: ${result.point} restored and proven in ${words(took)}`);
  const backup = await director.span(run.id, 'backup');
  return { result, link, took, backup: backup ?? { from: Number.NaN, to: Number.NaN } };
}

/** Jobs that clients got accepted through the front door; a planned failover must not lose one. */
export interface Clients {
  readonly accepted: readonly string[];
  stop(): Promise<void>;
}

export function startClients(api: FlowApi, label: string): Clients {
  const accepted: string[] = [];
  let going = true;
  const loop = (async () => {
    for (let number = 1; going; number++) {
      const nonce = `${label}-${number}`;
      if (await api.submit('write.fmw', nonce)) accepted.push(nonce);
      await sleep(250);
    }
  })();
  return {
    accepted,
    async stop() {
      going = false;
      await loop;
    },
  };
}

/** Whether a kill hit an activity in the middle, by what the server recorded of it. */
export interface Killed {
  readonly what: string;
  readonly holds: boolean;
}

/** A planned failover, in the middle of which the target's worker is killed while it restores. */
export async function plannedFailover(
  scene: Scene,
  director: Director,
  to: SiteName,
  say: Say,
): Promise<Told<FailoverResult> & { readonly killed: Killed }> {
  const run = await director.understudy.failover({ to, mode: 'planned', reason: 'demo: maintenance of dc1' });
  const killing = director.whileOpen(run.id, 'restore').then(async (open) => {
    if (!open) return undefined;
    await scene.worker(to).kill();
    say(`  ✂ kill -9 of the site worker of ${to}, in the middle of its activity "restore"; a new one is started`);
    scene.startWorker(to);
    return open;
  });
  killing.catch(() => undefined);
  const result = await director.lead(run);
  const open = await killing;
  const attempts = open ? await director.attempts(run.id, open.id) : 0;
  const killed = {
    what: open
      ? `kill -9 of the worker of ${to} landed inside its activity "restore": attempt ${open.attempt} was open, attempt ${attempts} completed`
      : `kill -9 of the worker of ${to} landed inside its activity "restore": none was seen open`,
    holds: open !== undefined && attempts > open.attempt,
  };
  return { result, link: await director.link(run), killed };
}

/** An unplanned failover, led to its end. */
export async function unplannedFailover(director: Director, to: SiteName): Promise<Told<FailoverResult>> {
  const run = await director.understudy.failover({ to, mode: 'unplanned', reason: 'demo: dc2 is lost' });
  return { result: await director.lead(run), link: await director.link(run) };
}

/** The active machine and its worker are gone, for real. Returns when. */
export async function loseSite(scene: Scene, site: SiteName): Promise<number> {
  const at = Date.now();
  await Promise.all([scene.machine(site).kill(), scene.worker(site).kill()]);
  return at;
}
