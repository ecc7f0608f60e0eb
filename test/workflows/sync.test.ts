import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { instantApp, instantComponent } from '../../bench/instant-component.ts';
import { gate } from './promises.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

describe('A sync', () => {
  test('brings what the active holds to the standby, proven, and closes its claims', async () => {
    const scene = await stage.scene();
    scene.apps.a.items.set('one', '1');
    const result = await scene.synced();
    expect(result).toMatchObject({ outcome: 'synced', point: 'e1.s1', from: 'a', to: 'b', extras: 0, notes: [] });
    expect(Date.parse(result.pointTime ?? '')).not.toBeNaN();
    expect(Object.fromEntries(scene.apps.b.items)).toEqual({ one: '1' });
    expect(await scene.record('b')).toMatchObject({
      role: 'standby',
      content: { point: 'e1.s1', state: 'proven' },
      claim: { closed: true },
    });
    expect(await scene.record('a')).toMatchObject({
      role: 'active',
      sequence: 1,
      claim: { number: 2, kind: 'sync', closed: true },
    });
    expect([...scene.apps.b.enabled], 'what acts by itself is held there').toEqual([]);
    expect([...scene.apps.a.enabled].sort(), 'and untouched here').toEqual(['hourly', 'nightly']);
  });

  test('is found by its pair, what it does, how it ended, and the site that was active', async () => {
    const scene = await stage.scene();
    const run = await scene.sync();
    await run.result();
    const { events } = await run.handle.fetchHistory();
    const told = (events ?? []).flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) =>
      Object.entries(upsert?.searchAttributes?.indexedFields ?? {}).map(
        ([name, payload]) => `${name} ${Buffer.from(payload.data ?? []).toString()}`,
      ),
    );
    expect(told).toEqual(
      expect.arrayContaining(['UnderstudyPair "orders"', 'UnderstudyState "SYNCING"', 'UnderstudyActiveSite "a"']),
    );
    expect(told.at(-1)).toBe('UnderstudyState "SYNCED"');
  });

  test('costs no more than 120 events', async () => {
    const scene = await stage.scene();
    const run = await scene.sync();
    await run.result();
    expect((await run.handle.fetchHistory()).events?.length).toBeLessThanOrEqual(120);
  });

  test('counts what the standby has more, and leaves it there', async () => {
    const scene = await stage.scene();
    scene.apps.b.items.set('old', 'of before');
    expect(await scene.synced()).toMatchObject({ outcome: 'synced', extras: 1 });
    expect(scene.apps.b.items.get('old')).toBe('of before');
  });

  test('goes the way that the records say, whatever the configuration says', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await (await scene.failover()).result();
    expect(scene.plan.active).toBe('a');
    expect(await scene.synced()).toMatchObject({ outcome: 'synced', from: 'b', to: 'a' });
  });

  test('does nothing while somebody paused the pair, and says who', async () => {
    const scene = await stage.scene();
    await scene.sites.b.store.locked((session) =>
      session.apply({
        ...session.state(),
        record: { ...session.state().record, paused: { who: 'Bob', why: 'storage migration' } },
      }),
    );
    expect(await scene.synced()).toEqual({ outcome: 'paused', why: 'paused by Bob: storage migration' });
    expect((await scene.record('a')).claim.kind).toBe('setup');
  });

  test('is busy while another sync works, and neither disturbs the other', async () => {
    const scene = await stage.scene();
    const [inside, held] = [gate(), gate()];
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.pull') {
        inside.open();
        await held.opened;
      }
      return perform();
    };
    const first = await scene.sync();
    await inside.opened;
    const second = await (await scene.sync()).result();
    expect(second).toMatchObject({ outcome: 'busy' });
    expect(second.why).toContain(`a is held by claim 2 of ${first.operation} (sync)`);
    held.open();
    expect(await first.result()).toMatchObject({ outcome: 'synced' });
  });

  test('takes the claim of a sync that is gone over, without a person', async () => {
    const scene = await stage.scene();
    scene.around = async ({ name }, perform) => {
      if (name === 'backup') await first.handle.signal('pause', { who: 'Bob', why: 'the line is needed' });
      return perform();
    };
    const first = await scene.sync();
    await expect.poll(async () => (await first.steps()).backup).toBe('done');
    await first.terminate();
    scene.around = undefined;
    expect((await scene.record('a')).claim.closed).toBe(false);
    expect(await scene.synced()).toMatchObject({ outcome: 'synced' });
    expect((await scene.record('b')).claim.closed).toBe(true);
  });

  test('does not take over from a failover that is gone: that is for a person', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ name }, perform) => {
      if (name === 'backup') throw failure('Refused', 'no');
      return perform();
    };
    const run = await scene.failover();
    await run.asks('final-sync');
    await run.terminate();
    scene.around = undefined;
    expect(await scene.synced()).toMatchObject({ outcome: 'busy' });
  });

  test('closes both claims and ends when a role changed between looking and claiming', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    let changed = false;
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.claim' && !changed) {
        changed = true;
        await scene.sites.b.store.locked((session) =>
          session.apply({ ...session.state(), record: { ...session.state().record, role: 'outdated' } }),
        );
      }
      return perform();
    };
    expect(await scene.synced()).toEqual({
      outcome: 'nothing-to-do',
      why: 'the role of b changed meanwhile: it is outdated',
    });
    expect([(await scene.record('a')).claim.closed, (await scene.record('b')).claim.closed]).toEqual([true, true]);
  });

  test.each(['b.pull', 'b.verify', 'b.restore', 'a.prune'])(
    'that fails at %s fails with the words of the failure, and closes its claims',
    async (activity) => {
      const scene = await stage.scene();
      scene.around = async ({ part, name }, perform) => {
        if (`${part}.${name}` === activity) throw failure('NoSpace', 'the disk of the vault is full');
        return perform();
      };
      const run = await scene.sync();
      expect(await run.failure()).toEqual({ type: 'NoSpace', message: 'the disk of the vault is full' });
      expect([(await scene.record('a')).claim.closed, (await scene.record('b')).claim.closed]).toEqual([true, true]);
      scene.around = undefined;
      expect(await scene.synced(), 'the next one works').toMatchObject({ outcome: 'synced' });
    },
  );

  test('whose claim may or may not have been granted closes it too', async () => {
    const scene = await stage.scene();
    scene.around = async ({ part, name }, perform) => {
      const result = await perform();
      if (`${part}.${name}` === 'b.claim') throw failure('Damaged', 'the answer was lost');
      return result;
    };
    await (await scene.sync()).failure();
    expect((await scene.record('b')).claim).toMatchObject({ kind: 'sync', closed: true });
  });

  test('that is not proven fails, says what differs, and still prunes', async () => {
    const scene = await stage.scene();
    scene.apps.a.items.set('one', '1');
    scene.around = async ({ part, name }, perform) => {
      const result = await perform();
      if (`${part}.${name}` === 'b.restore') scene.apps.b.items.set('one', 'damaged');
      return result;
    };
    const run = await scene.sync();
    const { type, message } = await run.failure();
    expect(type).toBe('NotProven');
    expect(message).toBe('e1.s1 was restored at b, but 1 items are not as in the point: app: items/one different');
    expect((await scene.record('b')).content).toEqual({ point: 'e1.s1', state: 'restored' });
    expect(scene.called).toContain('b.prune');
  });

  test('goes on where something is held that cannot be released, says so, and takes along what is enabled besides', async () => {
    const scene = await stage.scene();
    const { components } = scene.plan;
    Object.assign(scene.plan, {
      components: [...components, ...components.map((app) => ({ ...app, name: 'second' }))],
    });
    const second = instantApp('second-a', true);
    second.enabled = new Set(['weekly']);
    for (const name of ['a', 'b'] as const) {
      const site = scene.sites[name];
      Object.assign(site.components, {
        second: instantComponent(name === 'a' ? second : instantApp('second-b', false)),
      });
      await site.store.locked((session) => {
        const { record, facts } = session.state();
        const identity = { ...record.identity, second: `second-${name}` };
        const pending = name === 'a' ? { app: { schedules: ['nightly'] } } : facts.pending;
        return session.apply({ record: { ...record, identity }, facts: { ...facts, pending } });
      });
    }
    scene.apps.a.before = (method) => {
      if (method === 'release') throw failure('Refused', 'its schedules are not switched');
    };
    const { outcome, held, notes, point } = await scene.synced();
    expect(outcome).toBe('synced');
    expect(held).toEqual([
      expect.stringContaining('a is still held, which the next sync tries again to end: not every'),
    ]);
    expect(notes).toEqual(held);
    expect(scene.vaults.a.manifests.get(point ?? '')?.enabled).toEqual({
      app: { schedules: ['nightly'] },
      second: { schedules: ['weekly'] },
    });
    delete scene.apps.a.before;
    expect((await scene.synced()).held).toBeUndefined();
    expect([...scene.apps.a.enabled]).toEqual(['nightly']);
  });

  test('waits for a task that runs on in the application of the standby', async () => {
    const scene = await stage.scene();
    scene.apps.b.tasks = [{ name: 'import by hand', since: '2026-01-01T00:00:00.000Z' }];
    const run = await scene.sync();
    await expect.poll(() => scene.called).toContain('b.claim');
    expect(await run.steps()).toMatchObject({ claim: 'running' });
    scene.apps.b.tasks = [];
    expect(await run.result()).toMatchObject({ outcome: 'synced' });
  });

  test('can be paused between its parts and goes on when it is resumed', async () => {
    const scene = await stage.scene();
    scene.around = async ({ name }, perform) => {
      if (name === 'backup') await run.handle.signal('pause', { who: 'Bob', why: 'the line is needed' });
      return perform();
    };
    const run = await scene.sync();
    await expect.poll(async () => (await run.steps()).backup).toBe('done');
    await stage.env().sleep('1 hour');
    expect(scene.called).not.toContain('b.pull');
    await run.handle.executeUpdate('resume');
    expect(await run.result()).toMatchObject({ outcome: 'synced' });
  });

  test('cancelled closes its claims and ends as cancelled', async () => {
    const scene = await stage.scene();
    for (const activity of ['b.claim', 'b.pull']) {
      const started = gate();
      let run: Awaited<ReturnType<typeof scene.sync>> | undefined;
      scene.around = async ({ part, name }, perform) => {
        if (`${part}.${name}` === activity) await started.opened.then(() => run?.cancel());
        return perform();
      };
      run = await scene.sync();
      started.open();
      expect((await run.failure()).type).toBe('CancelledFailure');
      expect((await run.handle.describe()).status.name).toBe('CANCELLED');
      expect([(await scene.record('a')).claim.closed, (await scene.record('b')).claim.closed], activity).toEqual([
        true,
        true,
      ]);
    }
  });
});
