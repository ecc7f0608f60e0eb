import { execFile } from 'node:child_process';
import { appendFile, cp, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { Component, Work } from '../../activities/components/component.ts';
import { failure } from '../../activities/failure.ts';
import { type AskPair, startGuard } from '../../activities/site/guard.ts';
import { freezeExpired } from '../../model/freeze.ts';
import type { SiteRecord } from '../../model/record.ts';
import { gate } from '../workflows/promises.ts';
import { createSites, type Sites } from './scene.ts';

const run = promisify(execFile);
let sites: Sites | undefined;
let stop: (() => Promise<unknown>) | undefined;
let unmount: (() => Promise<unknown>) | undefined;
afterEach(async () => {
  await stop?.();
  await unmount?.();
  await sites?.remove();
  stop = unmount = sites = undefined;
});

function guard(scene: Sites, site: 'a' | 'b', ask?: AskPair, every = 20): string[] {
  const told: string[] = [];
  const running = startGuard(scene.sites[site], (_level, text) => void told.push(text), every, ask);
  const others = stop;
  stop = () => Promise.all([others?.(), running.stop()]);
  return told;
}

const TOOK_OVER = { role: 'active', epoch: 2, number: 2 } as const;
const TOOK_OVER_RECORD: Partial<SiteRecord> = {
  role: 'active',
  epoch: 4,
  claim: { number: 4, operation: 'failover/orders/2/run', kind: 'failover', closed: true },
};
const order = (step: string) => ({ claim: 3, operation: 'failover/orders/1/run', step, round: 0 });
const claimed = (scene: Sites, kind: 'failover' | 'sync') =>
  scene.call('a', 'claim', {
    pair: 'orders',
    round: 0,
    request: { number: 3, operation: order('x').operation, kind, towards: 1 },
  });

test('A site whose record cannot be read raises an alarm, and does nothing', async () => {
  sites = await createSites();
  await writeFile(join(sites.folder, 'a', 'record.json'), '{ half a rec');
  const told = guard(sites, 'a');
  await expect.poll(() => told[0]).toContain('a: its record cannot be read, and nothing is done');
  expect(sites.apps.a.log).toEqual([]);
});

/** Site a, frozen by a failover, and a way to let time pass at it. */
async function frozenSite(): Promise<{ readonly frozen: Sites; later(minutes: number): void }> {
  let offset = 0;
  const frozen = await createSites({ now: () => new Date(Date.now() + offset).toISOString() });
  sites = frozen;
  await claimed(frozen, 'failover');
  await frozen.call('a', 'freeze', { order: order('freeze'), jobs: 'wait' });
  return {
    frozen,
    later(minutes) {
      offset = minutes * 60_000;
    },
  };
}

/** A backup of site a that takes hours, and ends when it is told to. Returns what it said in the end. */
async function backupOfHours(
  scene: Sites,
  purpose: 'sync' | 'final' = 'sync',
): Promise<{ readonly ended: Promise<unknown> }> {
  if (purpose === 'sync') await claimed(scene, 'sync');
  const began = gate();
  Object.assign(scene.sites.a.components.app as Component, {
    backup: ({ signal }: Work) => {
      began.open();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  });
  const ended = scene
    .call('a', 'backup', { order: order('backup.app'), component: 'app', purpose })
    .catch((error: Error) => error.message);
  await began.opened;
  return { ended };
}

describe('A superseded site', () => {
  test('ends the fence that it began, whoever told it, also where it hears nobody any more', async () => {
    sites = await createSites();
    let broken = true;
    sites.apps.a.before = (method) => {
      if (method === 'quiet' && broken) throw failure('Unavailable', 'the services do not answer');
    };
    await expect(sites.call('a', 'hearPeer', { pair: 'orders', peer: TOOK_OVER })).rejects.toThrow('do not answer');
    expect(await sites.record('a')).toMatchObject({ role: 'outdated' });
    broken = false;
    // Its peer has published no mirror, and nobody calls it.
    guard(sites, 'a');
    await expect.poll(() => sites?.apps.a.executing).toBe(false);
  });

  test('does not wait for a long step of its own before it fences itself', async () => {
    sites = await createSites();
    const backup = await backupOfHours(sites);
    const heard = await Promise.race([
      sites.call('a', 'hearPeer', { pair: 'orders', peer: TOOK_OVER }),
      sleep(30_000, 'still waiting', { ref: false }),
    ]);
    expect(heard).toEqual({ role: 'outdated' });
    expect(sites.apps.a.executing).toBe(false);
    expect(await backup.ended).toContain('gave way to a, which is superseded');
  });

  test('hears it although older news of its peer would have to wait for such a step', async () => {
    sites = await createSites();
    const backup = await backupOfHours(sites);
    const { claim } = TOOK_OVER_RECORD as Pick<SiteRecord, 'claim'>;
    await sites.pretend('b', { claim: { ...claim, closed: false } });
    const watching = [guard(sites, 'b'), guard(sites, 'a')];
    await expect.poll(() => sites?.vaults.b.mirror).toMatchObject({ evidence: { number: 4, role: 'standby' } });
    await sleep(500);
    await sites.pretend('b', TOOK_OVER_RECORD);
    await expect.poll(async () => (await sites?.record('a'))?.role).toBe('outdated');
    expect(await backup.ended).toContain('gave way to a, which is superseded');
    expect(watching.flat().join('\n'), 'a step at work is no alarm').not.toContain('a long step');
  });
});

/** So that its next line needs room: a disk gives it a page at a time. */
async function fillLastPage(journal: string): Promise<void> {
  const line = (text: string): string => `${JSON.stringify({ at: '2026-01-01T00:00:00Z', kind: 'note', text })}\n`;
  const { size } = await stat(journal);
  await appendFile(journal, line('x'.repeat(2 * 4_096 - ((size + line('').length) % 4_096))));
}

describe('A frozen site', () => {
  const frozen = { claim: 3, operation: 'x', phase: 'frozen', started: {} } as const;
  const state = (renewed: string) => ({
    record: { role: 'active' } as never,
    facts: { freeze: { ...frozen, renewed } } as never,
  });

  test('is not held for as long as its clock was set back', () => {
    const now = '2026-01-01T12:00:00Z';
    expect(freezeExpired(state('2026-01-01T11:50:00Z'), now, 900_000)).toBe(false);
    expect(freezeExpired(state('2026-01-01T11:40:00Z'), now, 900_000)).toBe(true);
    expect(freezeExpired(state('2026-01-01T12:10:00Z'), now, 900_000), 'a little ahead').toBe(false);
    expect(freezeExpired(state('2026-01-02T12:00:00Z'), now, 900_000), 'a day ahead').toBe(true);
  });

  test('whose run is gone thaws itself also while its jobs still drain: each part of a drain lets go of the site', async () => {
    const door: string[] = [];
    sites = await createSites({
      plan: { freeze: { max: 900, frontDoor: true } },
      frontDoor: () => ({ close: async () => void door.push('close'), open: async () => void door.push('open') }),
    });
    await claimed(sites, 'failover');
    sites.apps.a.jobs = [{ component: 'app', id: '1', title: 'a job of two days', request: {} }];
    const frozen = await sites.call('a', 'freeze', { order: order('freeze'), jobs: 'wait' });
    expect(frozen).toMatchObject({ draining: 'app: 1 jobs run and 0 wait', givenUp: 0 });
    expect(door).toEqual(['close']);
    // Nobody calls it again.
    const told = guard(sites, 'a');
    await expect.poll(() => told.join()).toContain('nobody renewed its freeze in time, so it thaws itself');
    await expect.poll(async () => (await sites?.sites.a.store.peek())?.facts.freeze).toBe(null);
    expect(door).toEqual(['close', 'open']);
    expect(sites.apps.a.jobs.length).toBe(1);
  });

  test('whose run is gone thaws itself in the middle of a final backup of hours, which ends', async () => {
    const { frozen, later } = await frozenSite();
    const backup = await backupOfHours(frozen, 'final');
    const told = guard(frozen, 'a');
    later(30);
    expect(await backup.ended).toContain('nobody renewed the freeze of a in time, so it thaws itself');
    await expect.poll(async () => (await frozen.sites.a.store.peek()).facts.freeze).toBe(null);
    expect(told.join()).toContain('its receipt is void');
    expect((await frozen.record('a')).role).toBe('active');
  });

  test('is not cut off in the freeze itself, however long that takes: its run cannot renew beside it', async () => {
    let offset = 0;
    sites = await createSites({ now: () => new Date(Date.now() + offset).toISOString() });
    await claimed(sites, 'failover');
    const [began, go] = [gate(), gate()];
    Object.assign(sites.sites.a.components.app as Component, {
      hold: ({ signal }: Work) =>
        new Promise((resolve, reject) => {
          began.open();
          signal.addEventListener('abort', () => reject(signal.reason));
          void go.opened.then(resolve);
        }),
    });
    const freeze = sites.call('a', 'freeze', { order: order('freeze'), jobs: 'wait' });
    await began.opened;
    guard(sites, 'a');
    offset = 1_800_000;
    await sleep(300);
    go.open();
    await expect(freeze).resolves.toMatchObject({ enabledItems: expect.any(Number) });
  });

  test('whose run lives stays frozen through such a backup: a renewal is taken without waiting for it', async () => {
    const { frozen, later } = await frozenSite();
    const backup = await backupOfHours(frozen, 'final');
    const told = guard(frozen, 'a');
    for (const minutes of [10, 20, 30]) {
      later(minutes);
      await frozen.call('a', 'renewFreeze', { order: order('renew') });
    }
    await expect(
      frozen.call('a', 'renewFreeze', { order: { ...order('renew'), claim: 1 } }),
      'another claim renews nothing',
    ).rejects.toThrow();
    later(40);
    await sleep(300);
    expect((await frozen.sites.a.store.peek()).facts.freeze?.phase).toBe('frozen');
    expect(told).toEqual([]);
    later(50);
    expect(await backup.ended).toContain('nobody renewed the freeze');
  });

  test('whose disk is full thaws itself all the same, and says that it is full', async (context) => {
    let offset = 0;
    sites = await createSites({ now: () => new Date(Date.now() + offset).toISOString() });
    const folder = join(sites.folder, 'a');
    const kept = join(sites.folder, 'kept');
    await cp(folder, kept, { recursive: true });
    // A small disk of its own; only root may make one.
    const made = await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'state', folder]).catch(() => undefined);
    if (!made) return context.skip();
    unmount = () => run('umount', [folder]);
    await cp(kept, folder, { recursive: true });
    await claimed(sites, 'failover');
    await sites.call('a', 'freeze', { order: order('freeze'), jobs: 'ask' });
    await fillLastPage(join(folder, 'journal.jsonl'));
    await expect(writeFile(join(folder, 'logs'), Buffer.alloc(9 << 20))).rejects.toThrow('ENOSPC');
    const told = guard(sites, 'a');
    await sleep(100);
    offset = 3_600_000;
    await expect.poll(async () => (await sites?.sites.a.store.peek())?.facts.freeze).toBe(null);
    expect([...sites.apps.a.enabled].sort()).toEqual(['hourly', 'nightly']);
    await expect.poll(() => told.join('\n')).toContain('is full, and its reserve is given up');
  });

  test('that cannot be thawed still hears that it was superseded', async () => {
    let offset = 0;
    sites = await createSites({ now: () => new Date(Date.now() + offset).toISOString() });
    await claimed(sites, 'failover');
    await sites.call('a', 'freeze', { order: order('freeze'), jobs: 'ask' });
    await sites.pretend('b', TOOK_OVER_RECORD);
    guard(sites, 'b');
    await expect.poll(() => sites?.vaults.b.mirror).toBeTruthy();
    await stop?.();
    sites.apps.a.before = (method) => {
      if (method === 'release') throw failure('Refused', 'the licence expired');
    };
    offset = 3_600_000;
    const told = guard(sites, 'a');
    await expect.poll(async () => (await sites?.record('a'))?.role).toBe('outdated');
    const alarms = told.filter((text) => text.includes('could not thaw itself'));
    expect(alarms.length, 'tried each time, and told once a minute').toBe(1);
  });
});

describe('A vault that accepts every question and answers none', () => {
  const swallowed = () => new Promise<never>(() => undefined);

  test('keeps no site frozen: one that nobody renews thaws itself meanwhile', async () => {
    let offset = 0;
    sites = await createSites({ now: () => new Date(Date.now() + offset).toISOString() });
    await claimed(sites, 'failover');
    await sites.call('a', 'freeze', { order: order('freeze'), jobs: 'ask' });
    Object.assign(sites.sites.a.vault, { readPeerMirror: swallowed, publishMirror: swallowed });
    guard(sites, 'a', undefined, 60_000);
    await sleep(100);
    offset = 3_600_000;
    await expect.poll(async () => (await sites?.sites.a.store.peek())?.facts.freeze).toBe(null);
    expect(sites.apps.a.refusing).toBe(false);
  });

  test('keeps no promoted site from telling so in its own vault: where its lost peer comes back, it hears it there', async () => {
    sites = await createSites();
    Object.assign(sites.sites.b.vault, { readPeerMirror: swallowed });
    guard(sites, 'b', undefined, 60_000);
    await expect.poll(() => sites?.vaults.b.mirror).toBeTruthy();
    await sites.pretend('b', TOOK_OVER_RECORD);
    await expect.poll(() => sites?.vaults.b.mirror).toMatchObject({ evidence: { role: 'active', epoch: 4 } });
  });

  test('is asked anew, and heard as soon as it answers', async () => {
    sites = await createSites();
    await sites.pretend('b', TOOK_OVER_RECORD);
    guard(sites, 'b');
    await expect.poll(() => sites?.vaults.b.mirror).toBeTruthy();
    await stop?.();
    const { vault } = sites.sites.a;
    const answering = vault.readPeerMirror;
    let asked = 0;
    vault.readPeerMirror = (work) => (asked++ < 2 ? swallowed() : answering(work));
    guard(sites, 'a');
    await expect.poll(async () => (await sites?.record('a'))?.role).toBe('outdated');
  });

  test('is not waited for long in a look at the other site, from which the quote of a loss is made', async () => {
    sites = await createSites();
    Object.assign(sites.sites.b.vault, { readPeerMirror: swallowed });
    const seen = await sites.call('b', 'observe', { pair: 'orders', deep: true });
    expect(seen).toMatchObject({ site: 'b', record: { role: 'standby' } });
    expect(seen.peerMirror).toBe(undefined);
  }, 20_000);
});

describe('An active site after a restart of its machine', () => {
  test('starts what acts by itself once the word of its peer came through Temporal, without any mirror', async () => {
    sites = await createSites();
    sites.apps.a.executing = false;
    await sites.call('a', 'hearPeer', { pair: 'orders', peer: { role: 'standby', epoch: 1, number: 1 } });
    expect(sites.apps.a.executing).toBe(true);
  });

  test('stays held while a failover holds its peer', async () => {
    sites = await createSites();
    sites.apps.a.executing = false;
    const open = { kind: 'failover', operation: 'failover/orders/9/run' } as const;
    await sites.call('a', 'hearPeer', { pair: 'orders', peer: { role: 'standby', epoch: 1, number: 4, open } });
    expect(sites.apps.a.executing).toBe(false);
  });

  describe('beside a mirror of its peer that is old', () => {
    async function booted(ask: AskPair) {
      sites = await createSites();
      guard(sites, 'b');
      await expect.poll(() => sites?.vaults.b.mirror).toBeTruthy();
      await stop?.();
      sites.apps.a.executing = false;
      return { scene: sites, told: guard(sites, 'a', ask) };
    }

    test('does not start when the pair knows that its peer took over', async () => {
      const { scene, told } = await booted(async () => TOOK_OVER);
      await expect.poll(async () => (await scene.record('a'))?.role).toBe('outdated');
      await expect.poll(() => told.join()).toContain('the pair knows that b took over with epoch 2');
      expect(scene.apps.a.executing).toBe(false);
      expect(scene.apps.a.log.filter((line) => String(line).startsWith('start'))).toEqual([]);
    });

    test.each<readonly [string, AskPair]>([
      ['does not answer', () => Promise.reject(new Error('Temporal is away'))],
      ['knows nothing', async () => undefined],
      ['knows an older epoch', async () => ({ role: 'active', epoch: 0, number: 0 })],
    ])('starts when the pair %s: the mirror was heard', async (_what, ask) => {
      const { scene } = await booted(ask);
      await expect.poll(() => scene.apps.a.executing).toBe(true);
    });
  });
});
