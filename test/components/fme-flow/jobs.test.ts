import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { GivenUpJob } from '../../../model/facts.ts';
import { BOTH, BUILDS, NEW, OLD, type Rig, rig, type Side, signal, work } from './rig.ts';

/** What a server of each build has to tell for a job to be run again: v4 alone may hide it. */
const SHOWN = { jobDetailsV4: 'shown' };

let count = 0;
/** A client's job that lasts, with a mark by which the ledger knows it. */
async function submit(side: Side, nonce: string, duration = 60_000, workspace = 'write.fmw') {
  const parameters = [
    { name: 'NONCE', value: nonce },
    { name: 'DURATION_MS', value: String(duration) },
  ];
  const { jobs } = side.machine.parts;
  count += 1;
  return jobs.submit({
    repository: 'Orders',
    workspace,
    publishedParameters: parameters,
    queue: 'Default',
    user: 'admin',
    userId: `client-${count}`,
    description: 'a client',
  });
}

const nonces = (pair: Rig, result = 'success') =>
  pair
    .ledger()
    .filter((line) => line.result === result)
    .map((line) => line.nonce);

/** A pair of which the second has what the first has, with three given-up jobs of the first: two ran, one waited. */
async function givenUp(build: number): Promise<{ pair: Rig; jobs: readonly GivenUpJob[] }> {
  const pair = await rig({ build, unknowns: SHOWN });
  await pair.restore(await pair.backup());
  for (const nonce of ['one', 'two', 'three']) await submit(pair.active, nonce);
  await settled(pair.active, 2, 1);
  const { running, queued } = await pair.active.component.drain(signal);
  const jobs = [...running, ...queued];
  await pair.active.component.cancel(work(), jobs);
  for (const side of [pair.standby]) await side.component.start(work());
  // Nobody waits a minute for them the second time.
  return { pair, jobs: jobs.map((job) => shortened(job)) };
}

function shortened(job: GivenUpJob): GivenUpJob {
  return JSON.parse(JSON.stringify(job).replaceAll('60000', '0')) as GivenUpJob;
}

async function settled(side: Side, running: number, queued: number): Promise<void> {
  for (;;) {
    const all = side.machine.parts.jobs.list(['running', 'queued']);
    const now = all.filter((job) => job.state === 'running').length;
    if (now === running && all.length - now === queued) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe.each(BUILDS)('jobs at build %d', (build) => {
  test('drain lists running and queued ones to the end, however small the pages', async () => {
    const { active } = await rig({ build, unknowns: SHOWN });
    for (let index = 0; index < 7; index++) await submit(active, `n${index}`);
    await settled(active, 2, 5);
    active.machine.setFault('pageLimit', 2);
    const { running, queued } = await active.component.drain(signal);
    expect([running.length, queued.length]).toEqual([2, 5]);
    expect(queued[0]).toMatchObject({
      component: 'flow',
      title: expect.stringMatching(/^job \d+ Orders\/write\.fmw \(queued, submitted .*, by admin\)$/),
    });
    await active.component.cancel(work(), [...running, ...queued]);
    expect(await active.component.drain(signal)).toEqual({ running: [], queued: [] });
  });

  test('given-up jobs run again at the other site, each once, however often it is asked for', async () => {
    const { pair, jobs } = await givenUp(build);
    for (const job of [...jobs, ...jobs]) await pair.standby.component.resubmit(work(), job);
    for (const job of jobs) await pair.standby.fresh().resubmit(work(), job);
    await settled(pair.standby, 0, 0);
    expect(nonces(pair).sort()).toEqual(['one', 'three', 'two']);
    expect(pair.runTwice()).toEqual([]);
  });

  test('an answer that was lost does not run a job twice, nor lose it', async () => {
    const { pair, jobs } = await givenUp(build);
    const [first, second, third] = jobs as [GivenUpJob, GivenUpJob, GivenUpJob];
    const path = 'submit|/fmeapiv4/jobs$';
    pair.standby.machine.setFault('dropAfter', { method: 'POST', times: 1, path });
    await pair.standby.component.resubmit(work(), first);
    pair.standby.machine.setFault('dropBefore', { method: 'POST', times: 1, path });
    await pair.standby.component.resubmit(work(), second);
    // The worker dies between the answer and the mark that it is done; another one asks again.
    const { jobs: queue } = pair.standby.machine.parts;
    const accept = queue.submit;
    queue.submit = async (order) => {
      const job = await accept(order);
      pair.standby.machine.setFault('httpError', { method: 'POST', path: '/resources/', status: 503 });
      return job;
    };
    await expect(pair.standby.component.resubmit(work(), third)).rejects.toThrow(/503/);
    queue.submit = accept;
    pair.standby.machine.setFault('httpError', null);
    await pair.standby.fresh().resubmit(work(), third);
    await pair.standby.fresh().resubmit(work(), third);
    await settled(pair.standby, 0, 0);
    expect(nonces(pair).sort()).toEqual(['one', 'three', 'two']);
    expect(pair.runTwice()).toEqual([]);
  });

  test('a job that ended by itself before it could be cancelled is not given up', async () => {
    const { active } = await rig({ build, unknowns: SHOWN });
    const { id } = await submit(active, 'short', 3_000);
    const { running, queued } = await active.component.drain(signal);
    await active.machine.parts.jobs.ended(id);
    expect(await active.component.cancel(work(), [...running, ...queued])).toEqual([String(id)]);
  });

  test('the backlog of a standby is cancelled before its engines start; that of a booted active is kept', async () => {
    const pair = await rig({
      build,
      config: { smoke: { repository: 'Orders', workspace: 'smoke.fmw', queue: 'Fast' } },
    });
    await pair.restore(await pair.backup());
    await submit(pair.standby, 'nobody', 0);
    const lines = await pair.standby.component.start(work());
    expect(lines.join('\n')).toMatch(
      /1 queued jobs cancelled[\s\S]*serve every queue[\s\S]*smoke job \d+ succeeded on dc2/,
    );
    expect(nonces(pair)).not.toContain('nobody');

    await pair.active.machine.service('stop', 'engines');
    await submit(pair.active, 'accepted', 0);
    await pair.active.component.start(work(), { backlog: 'keep' });
    await settled(pair.active, 0, 0);
    expect(nonces(pair)).toContain('accepted');
  });
});

test('a server that hides the parameters of a job: its title says so, and it is not run again on a guess', async () => {
  const pair = await rig({ build: NEW });
  await submit(pair.active, 'hidden');
  await settled(pair.active, 1, 0);
  const { running } = await pair.active.component.drain(signal);
  expect(running[0]?.title).toMatch(/its parameters are not told/);
  await expect(pair.active.component.resubmit(work(), running[0] as GivenUpJob)).rejects.toThrow(
    /Run it by hand, or answer drop/,
  );
});

test('a smoke job that fails, or that no engine takes, keeps the site from being active', async () => {
  const smoke = { repository: 'Orders', workspace: 'fail.fmw', queue: 'Fast', timeout: '5s' };
  const pair = await rig({ config: { smoke } });
  await pair.restore(await pair.backup());
  await expect(pair.standby.component.start(work())).rejects.toThrow(
    /smoke job .* ended as .*the workspace ended with an error/i,
  );
  pair.standby.machine.setFault('jobsHang', true);
  await expect(pair.standby.component.start(work())).rejects.toThrow(/is running after 5 s/);
});

test('a queue that no engine serves keeps the site from being active, unless it is acknowledged', async () => {
  const lonely = { name: 'Lonely', description: '', priority: 1, engines: [] };
  const pair = await rig({ limits: { engines: 2_000 } });
  pair.standby.machine.store.put('queues', lonely);
  await expect(pair.standby.component.start(work())).rejects.toThrow(/no engine serves Lonely at dc2/);
  const other = await rig({ config: { unservedQueues: ['Lonely'] } });
  other.standby.machine.store.put('queues', lonely);
  expect(await other.standby.component.start(work())).toContain(
    'engines dc2.example-1, dc2.example-2 serve every queue',
  );
});

test('engines that do not start, and a licence that is gone, are said to be so', async () => {
  const pair = await rig({ limits: { engines: 300 } });
  pair.standby.machine.setFault('unlicensed', true);
  await expect(pair.standby.component.stage(work())).rejects.toThrow(/no valid licence/);
  await expect(pair.standby.component.start(work())).rejects.toThrow(/no engine has registered/);
});

test('stage proves core, licence, key and smoke workspace with the engines stopped', async () => {
  const config = { canary: 'canary', smoke: { repository: 'Orders', workspace: 'smoke.fmw' } };
  const pair = await rig({ config });
  await pair.restore(await pair.backup());
  await submit(pair.standby, 'nobody', 0);
  expect((await pair.standby.component.stage(work())).join('\n')).toMatch(
    /is up[\s\S]*licence valid[\s\S]*canary is readable[\s\S]*1 queued jobs cancelled[\s\S]*Orders\/smoke\.fmw is there/,
  );
  expect(await pair.standby.machine.service('status', 'engines')).toMatchObject({ running: false });
});

describe("a client's write", () => {
  test.each([OLD, BOTH, NEW])('that gets through is no freeze, at build %d', async (build) => {
    const { active } = await rig({ build, frontDoor: true });
    await expect(active.component.proveFrozen(work())).rejects.toThrow(/still gets through to the application/);
    expect(active.machine.parts.jobs.list()).toEqual([]);
  });

  test('that is refused by the front door is proof', async () => {
    const door = createServer((_request, response) => response.writeHead(503).end('closed'));
    await new Promise<void>((resolve) => {
      door.listen(0, '127.0.0.1', resolve);
    });
    const { port } = door.address() as AddressInfo;
    const { active } = await rig({ frontDoor: true, clients: `http://127.0.0.1:${port}` });
    await active.component.proveFrozen(work());
    door.close();
  });

  test('is not tried where nobody could refuse it: the plan says so instead', async () => {
    const { active } = await rig({ frontDoor: false });
    await active.component.proveFrozen(work());
    expect(active.component.notPromised.join()).toMatch(/clients are not shut out/);
  });
});
