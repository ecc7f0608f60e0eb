import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { words } from '../model/duration.ts';
import type { FailoverResult } from '../model/status.ts';
import { ProgramMissing } from '../tools/lookup.ts';
import { ensureRestic, ensureTemporalCli } from '../tools/programs.ts';
import {
  loseSite,
  plannedFailover,
  publish,
  type Synced,
  startClients,
  sync,
  type Told,
  unplannedFailover,
  until,
} from './acts.ts';
import { lastBackupBegan } from './backup-record.ts';
import { createCurtain } from './curtain.ts';
import { createDirector, type Director } from './director.ts';
import { flowApi } from './flow-api.ts';
import { createJudge, isBusy, notRun } from './judge.ts';
import { outageSeen } from './outage.ts';
import { playground } from './playground.ts';
import { setTheScene } from './scene.ts';
import { type Row, timeline } from './timeline.ts';
import { protectTree } from './tree-act.ts';

/**
 * The whole of Understudy on one machine: a pair of simulated FME Flow sites is set up, kept in step, failed over as planned
 * (with a worker killed in the middle), synced the other way, loses its active site, and fails over unplanned. What it
 * prints is measured, and it ends with an error unless an independent client, the jobs' ledger and the trees agree. With
 * `--keep` the pair is left whole and up, before the loss.
 */
const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false }, files: { type: 'string' } } });

const began = Date.now();
const say = (line: string): void => console.log(line);
const act = (title: string): void => say(`\n[${((Date.now() - began) / 1_000).toFixed(1).padStart(5)} s] ${title}`);

act('Programs');
const [cli, restic] = await programs();
say(`  Temporal ${cli}\n  restic ${restic}`);

const folder = await mkdtemp(join(tmpdir(), 'understudy-demo-'));
act(`Scene: Temporal, two FME Flow sites, a front door, three workers, in ${folder}`);
const scene = await setTheScene(folder, (line) => say(`  ${line}`));
const judge = createJudge();
const curtain = createCurtain({
  signals: process,
  takeDown: () => scene.end(),
  exit: (code) => process.exit(code),
  say,
});
try {
  await play();
} catch (error) {
  judge.must(`the play came to its end: ${(error as Error).message}`, false);
  say(`\n✖ ${(error as Error).stack}`);
}
const code = await curtain.fall(judge, values.keep ? playground(scene) : undefined);
if (code === 0) await rm(folder, { recursive: true, force: true });
else say(`\nLogs and state are left in ${folder}`);
// A play that broke off has left connections and clients open.
process.stdout.write('', () => process.exit(code));

/** What cannot be had is one message that says what to do. */
async function programs(): Promise<readonly [cli: string, restic: string]> {
  try {
    return [await ensureTemporalCli(), await ensureRestic()];
  } catch (error) {
    if (!(error instanceof ProgramMissing)) throw error;
    console.error(`\n${error.message}`);
    process.exit(1);
  }
}

async function play(): Promise<void> {
  const director = await createDirector(scene, say);
  const polled = join(folder, 'poller.jsonl');
  say(`  Temporal UI ${scene.temporal.ui} · clients' address ${scene.door.url}`);

  act('Authors publish workspaces and a schedule at dc1; its engines run');
  await publish(scene);
  act('understudy setup');
  await director.setUp((line) => say(`  ${line}`));
  scene.cast.start('poller', 'demo/poller.js', [
    '--url',
    `${scene.door.url}/fmeapiv4/healthcheck/liveness`,
    '--out',
    polled,
  ]);

  act('A second pair, in the background: a sync of a copy of a real directory tree');
  const tree = protectTree(scene, values.files, say);
  tree.catch(() => undefined);

  act('A first sync');
  const first = await sync(director, say);

  act('Planned failover dc1 → dc2, while clients write');
  const clients = startClients(flowApi(scene.door.url, scene.token), 'planned');
  await Promise.all([sleep(1_000), until(() => isBusy(scene.ledger, clients.accepted))]);
  judge.busy('the planned failover', scene.ledger, clients.accepted);
  const plannedAt = Date.now();
  const { result: planned, link: plannedLink, killed } = await plannedFailover(scene, director, 'dc2', say);
  await sleep(1_000);
  await clients.stop();
  say(
    `  ${planned.outcome}: ${planned.from} → ${planned.to}, RPO ${planned.rpo} ms, RTO ${words(planned.rto ?? 0)}, point ${planned.point}`,
  );
  judge.must('the planned failover is committed', planned.outcome === 'committed');
  judge.note(killed);
  const outage = Date.parse(planned.redirectedAt ?? '') - Date.parse(planned.frozenAt ?? '');
  await until(() => outageSeen(polled, plannedAt) !== undefined);
  const seen = outageSeen(polled, plannedAt);
  judge.near('outage of the planned failover', outage, seen ? seen.to - seen.from : Number.NaN);

  const { row: treeRow, ...equal } = await tree;
  judge.note(equal);
  act('A sync the other way, dc2 → dc1');
  const last = await sync(director, say);

  const lost = values.keep ? undefined : await lose(director, last, polled);

  act('As a client, through the front door');
  const key = await flowApi(scene.door.url, scene.token).machineKey();
  const active = lost ? 'dc1' : 'dc2';
  judge.must(`clients reach ${active}`, key === scene.sites[active].machineKey);
  // A job that ran twice has a while to show it.
  await Promise.all([sleep(1_500), until(() => notRun(scene.ledger, clients.accepted).length === 0)]);
  judge.ledger(scene.ledger, clients.accepted);

  act('Timeline');
  const synced = ({ result, link, took }: Synced): Row => ({
    what: `sync      ${result.from} → ${result.to}`,
    rpo: '',
    rto: `proven in ${words(took)}`,
    link,
  });
  const failed = (result: FailoverResult, out: number, link: string): Row => ({
    what: `${result.mode.padEnd(9)} ${result.from} → ${result.to}`,
    rpo: `RPO ${words(result.rpo ?? 0)}`,
    rto: `RTO ${words(result.rto ?? 0)}, clients out for ${words(out)}`,
    link,
  });
  const rows = [
    synced(first),
    failed(planned, outage, plannedLink),
    treeRow,
    synced(last),
    ...(lost ? [failed(lost.result, lost.down, lost.link)] : []),
  ];
  for (const line of timeline(rows)) say(`  ${line}`);
  for (const result of [planned, ...(lost ? [lost.result] : [])]) {
    for (const step of result.steps) {
      if (step.startedAt && step.endedAt) {
        const took = Date.parse(step.endedAt) - Date.parse(step.startedAt);
        say(
          `    ${step.startedAt.slice(11, 23)}  ${words(took).padStart(9)}  ${step.title}${step.note ? ` — ${step.note}` : ''}`,
        );
      }
    }
  }
  await director.close();
}

/** The loss of the active site, and the failover without it. Left to the person who keeps the scene: it cannot be undone. */
async function lose(
  director: Director,
  last: Synced,
  polled: string,
): Promise<Told<FailoverResult> & { readonly down: number }> {
  act('dc2 is lost: kill -9 of its machine and of its worker');
  const writers = startClients(flowApi(scene.door.url, scene.token), 'lost');
  await Promise.all([sleep(1_000), until(() => isBusy(scene.ledger, writers.accepted))]);
  await writers.stop();
  judge.busy('the loss of dc2', scene.ledger, writers.accepted);
  const killedAt = await loseSite(scene, 'dc2');
  say(`  at ${new Date(killedAt).toISOString()}`);

  act('Unplanned failover → dc1');
  const { result, link } = await unplannedFailover(director, 'dc1');
  const exported = await lastBackupBegan(join(folder, 'dc2', 'machine'));
  const down = Date.parse(result.redirectedAt ?? '') - killedAt;
  await Promise.all([sleep(1_000), until(() => outageSeen(polled, killedAt - 200) !== undefined)]);
  const seenDown = outageSeen(polled, killedAt - 200);
  judge.must('the unplanned failover is committed', result.outcome === 'committed');
  judge.must('it promoted the last point that was synced', result.point === last.result.point);
  judge.near('outage of the unplanned failover', down, seenDown ? seenDown.to - seenDown.from : Number.NaN);
  judge.near('RPO of the unplanned failover', result.rpo ?? Number.NaN, killedAt - last.backup.from);
  judge.must(
    `dc2's own record has its last export within the backup of that point, ${Math.round(exported - last.backup.from)} ms after its start`,
    exported >= last.backup.from && exported <= last.backup.to,
  );
  return { result, link, down };
}
