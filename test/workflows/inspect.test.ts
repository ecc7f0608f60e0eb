import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { Finding } from '../../model/finding.ts';
import type { VaultPoints } from '../../model/inspect.ts';
import type { SiteRecord } from '../../model/record.ts';
import type { PairStatus } from '../../model/status.ts';
import type { Scene } from './scene.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

const inspect = async <Result>(scene: Scene, what: string): Promise<Result> =>
  (await scene.run<Result>('inspect', `inspect/${what}`, { pair: 'orders', what })).result();
const errors = (found: readonly Finding[]): string[] =>
  found.filter(({ level }) => level === 'error').map(({ says }) => says);

describe('Looking without changing anything', () => {
  test('at both sites says what the pair would say', async () => {
    const scene = await stage.scene();
    await scene.synced();
    const before = await scene.record('a');
    expect(await inspect<PairStatus>(scene, 'sites')).toMatchObject({
      state: 'PROTECTED',
      active: 'a',
      lastSync: { point: 'e1.s1' },
    });
    expect(await scene.record('a')).toEqual(before);
  });

  const become = (scene: Scene, site: 'a' | 'b', change: Partial<SiteRecord>): Promise<unknown> =>
    scene.sites[site].store.locked((session) =>
      session.apply({ ...session.state(), record: { ...session.state().record, ...change } }),
    );

  test.each<readonly [state: string, arrange: (scene: Scene) => Promise<unknown>]>([
    ['NO ACTIVE', (scene) => become(scene, 'a', { role: 'standby', content: { point: 'e1.s1', state: 'own' } })],
    ['CONFLICT', (scene) => become(scene, 'b', { role: 'active' })],
    ['INTERRUPTED', (scene) => become(scene, 'a', { role: 'demoting' })],
    ['PAUSED', (scene) => become(scene, 'b', { paused: { who: 'Bob', why: 'storage migration' } })],
    ['AT RISK', (scene) => become(scene, 'b', { content: { point: 'e1.s1', state: 'restored' } })],
    ['UNPROTECTED', (scene) => become(scene, 'b', { role: 'outdated' })],
    ['UNKNOWN', (scene) => rm(join(scene.folder, 'b', 'record.json'))],
    ['HELD', (scene) => scene.sites.a.store.locked((session) => session.append({ kind: 'pending', set: {} }))],
  ])('says %s, the worst first', async (state, arrange) => {
    const scene = await stage.scene();
    await scene.synced();
    await arrange(scene);
    expect(await inspect<PairStatus>(scene, 'sites')).toMatchObject({ state });
  });

  test('at the vaults tells the points of each, and marks those of a lost timeline', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    await scene.synced();
    scene.around = async ({ part }, perform) => {
      if (part === 'a') throw failure('Refused', 'a is lost');
      return perform();
    };
    const run = await scene.failover({ mode: 'unplanned', point: 'e1.s1' });
    await run.answer('approve', { step: 'start' });
    await run.answer('confirmed', { step: 'demote' });
    await run.result();
    const [a, b] = await inspect<readonly VaultPoints[]>(scene, 'points');
    expect(a).toEqual({ site: 'a', points: [], problem: 'a is lost' });
    expect(b?.points.map(({ id, lostTimeline }) => [id, lostTimeline])).toEqual([
      ['e1.s1', undefined],
      ['e1.s2', true],
    ]);
  });

  test('checks both sites and what only shows when they are laid side by side', async () => {
    const scene = await stage.scene();
    expect(errors(await inspect(scene, 'check'))).toEqual([]);
    scene.apps.b.version = '1.0 build 90';
    scene.apps.b.identity = scene.apps.a.identity;
    scene.reconfigure({ digest: 'd2'.padEnd(64, '0') }, ['b']);
    const found = await inspect<readonly Finding[]>(scene, 'check');
    expect(errors(found)).toEqual([
      'its worker has the configuration d20000000000, and control d10000000000',
      'both addresses lead to one installation',
    ]);
    expect(found).toContainEqual(
      expect.objectContaining({
        topic: 'version',
        level: 'warning',
        says: 'app is 1.0 build 100 at a and 1.0 build 90 at b',
      }),
    );
  });

  test('names both time zones where the applications have two, and leaves alone what is not told', async () => {
    const scene = await stage.scene();
    scene.apps.a.timeZone = '+0200';
    expect(errors(await inspect(scene, 'check'))).toEqual([]);
    scene.apps.b.timeZone = '+0200';
    expect(await inspect(scene, 'check')).toContainEqual({
      level: 'ok',
      topic: 'time-zone',
      component: 'app',
      says: 'app is on +0200 at both sites',
    });
    scene.apps.b.timeZone = '+0530';
    expect(errors(await inspect(scene, 'check'))).toEqual([
      'app is on +0200 at a and on +0530 at b: schedules would fire at other times after a failover',
    ]);
  });

  test('says which worker to start where a site does not answer', async () => {
    const scene = await stage.scene();
    scene.around = async ({ part }, perform) => {
      if (part === 'b') throw failure('Refused', 'b is away');
      return perform();
    };
    const found = await inspect<readonly Finding[]>(scene, 'check');
    expect(found).toContainEqual({
      level: 'error',
      topic: 'worker',
      site: 'b',
      says: 'b is away',
      todo: 'start it: understudy worker --part site:b',
    });
  });
});
