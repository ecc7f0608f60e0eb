import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { publishMirror } from '../../activities/site/mirror.ts';
import type { Finding } from '../../model/finding.ts';
import { expectServing } from './promises.ts';
import type { Scene } from './scene.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

const roles = async (scene: Scene): Promise<string> =>
  (
    await Promise.all(
      (['a', 'b'] as const).map((site) =>
        scene.record(site).then(
          (record) => record.role,
          () => 'none',
        ),
      ),
    )
  ).join('/');

describe('The first setup', () => {
  test('makes both vaults, then the record of the standby, then that of the active', async () => {
    const scene = await stage.emptyScene();
    expect(await scene.setUp()).toEqual({
      active: 'a',
      did: ['the vault of a is there', 'the vault of b is there', 'b is standby', 'a is active'],
    });
    expect(scene.called.filter((name) => /createVault|establish/.test(name))).toEqual([
      ...['a.createVault', 'b.createVault', 'b.establish', 'a.establish'],
    ]);
    await expectServing(scene, 'a', {});
    expect(await scene.record('a')).toMatchObject({
      epoch: 1,
      permission: { by: 'setup' },
      claim: { kind: 'setup', closed: true },
    });
    expect(await scene.synced()).toMatchObject({ outcome: 'synced' });
  });

  test('repeated changes nothing', async () => {
    const scene = await stage.emptyScene();
    await scene.setUp();
    const before = [await scene.record('a'), await scene.record('b')];
    expect(await scene.setUp()).toMatchObject({
      active: 'a',
      did: expect.arrayContaining(['both records are there: a active, b standby']),
    });
    expect([await scene.record('a'), await scene.record('b')]).toEqual(before);
  });

  test('repeated after a failover says who is active now, whatever the configuration says', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await (await scene.failover()).result();
    expect(await scene.setUp()).toMatchObject({ active: 'b' });
    await expectServing(scene, 'b', {});
  });

  test('left half done completes', async () => {
    const scene = await stage.emptyScene();
    let refuse = true;
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'a.establish' && refuse) throw failure('Refused', 'the disk is read-only');
      return perform();
    };
    await expect(scene.setUp()).rejects.toThrow();
    expect(await roles(scene)).toBe('none/standby');
    refuse = false;
    await scene.setUp();
    expect(await roles(scene)).toBe('active/standby');
    expect((await scene.record('a')).setup).toBe((await scene.record('b')).setup);
  });
});

describe('A component that is new in the configuration', () => {
  /** Records of before the component was configured. */
  const oldRecords = async (): Promise<Scene> => {
    const scene = await stage.scene({ plan: UNASKED });
    for (const site of ['a', 'b'] as const)
      await scene.sites[site].store.locked((session) =>
        session.apply({ ...session.state(), record: { ...session.state().record, identity: {} } }),
      );
    return scene;
  };

  test('is an error of check, is added to both records, the standby’s first, and is synced then', async () => {
    const scene = await oldRecords();
    const look = async (): Promise<readonly Finding[]> =>
      (
        await scene.run<readonly Finding[]>('inspect', `inspect/new/${Math.random()}`, {
          pair: 'orders',
          what: 'check',
        })
      ).result();
    expect(await look()).toContainEqual(
      expect.objectContaining({ level: 'error', site: 'a', component: 'app', todo: 'run understudy setup' }),
    );
    expect((await scene.setUp()).did).toContain('app added to the records of b and a: the next sync brings it over');
    expect(scene.called.filter((name) => name.endsWith('addComponents'))).toEqual([
      'b.addComponents',
      'a.addComponents',
    ]);
    expect([(await scene.record('a')).identity, (await scene.record('b')).identity]).toEqual([
      { app: scene.apps.a.identity },
      { app: scene.apps.b.identity },
    ]);
    expect((await look()).filter(({ level, topic }) => level === 'error' && topic === 'identity')).toEqual([]);
    expect(await scene.synced()).toMatchObject({ outcome: 'synced' });
    expect((await scene.setUp()).did.join()).not.toContain('added');
    await expectServing(scene, 'a', {});
  });

  test('left at one site alone is completed', async () => {
    const scene = await oldRecords();
    let refuse = true;
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'a.addComponents' && refuse) throw failure('Refused', 'the disk is read-only');
      return perform();
    };
    await expect(scene.setUp()).rejects.toThrow();
    expect((await scene.record('a')).identity).toEqual({});
    refuse = false;
    await scene.setUp();
    expect((await scene.record('a')).identity).toEqual({ app: scene.apps.a.identity });
  });
});

describe('The records of both sites are lost, and their vaults are there', () => {
  /** Site b is active, wrote since, and told so in its vault; then both state folders are gone and no engines run. */
  async function lost(): Promise<Scene> {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('order', 'old');
    await (await scene.failover()).result();
    for (const site of ['a', 'b'] as const) await publishMirror(scene.sites[site], new AbortController().signal);
    scene.apps.b.items.set('order', 'acknowledged at b');
    for (const site of ['a', 'b']) {
      for (const file of ['record.json', 'journal.jsonl', 'mirror.digest'])
        await rm(join(scene.folder, site, file), { force: true });
    }
    scene.apps.b.executing = false;
    return scene;
  }

  test('the configuration does not turn the direction round: refused, with what to do', async () => {
    const scene = await lost();
    const failed = await (await scene.run('setup', 'setup/lost', { pair: 'orders' })).failure();
    expect(failed.type).toBe('Contradiction');
    expect(failed.message).toMatch(/this pair has lived: the vault of b says that b was active[\s\S]*`active: b`/);
    expect(await roles(scene)).toBe('none/none');
    expect(scene.apps.b.items.get('order')).toBe('acknowledged at b');
  });

  test('where it names the site that served last, numbers go on above all that were used', async () => {
    const scene = await lost();
    scene.reconfigure({ active: 'b' });
    expect((await scene.setUp()).did.join()).toContain('both records were missing, and the vault of b says');
    expect((await scene.record('b')).epoch).toBeGreaterThan(2);
    expect(await scene.synced()).toMatchObject({ outcome: 'synced', from: 'b', point: 'e4.s1' });
    expect(scene.apps.a.items.get('order')).toBe('acknowledged at b');
  });

  test('a vault that does not answer is not taken for one that knows nothing', async () => {
    const scene = await lost();
    Object.assign(scene.sites.a.vault, {
      readPeerMirror: () => Promise.reject(failure('Refused', 'the vault of b: no answer')),
    });
    await expect(scene.setUp()).rejects.toThrow();
    expect(await roles(scene)).toBe('none/none');
  });
});

describe('Setup refuses', () => {
  const refused = async (scene: Scene): Promise<{ type: string; message: string }> =>
    (await scene.run('setup', 'setup/refused', { pair: 'orders' })).failure();

  test('two addresses that lead to one installation', async () => {
    const scene = await stage.emptyScene();
    scene.apps.b.identity = scene.apps.a.identity;
    expect(await refused(scene)).toEqual({
      type: 'WrongIdentity',
      message: 'app has the same identity at both sites (machine-a): both addresses lead to one installation',
    });
    expect(await roles(scene)).toBe('none/none');
  });

  test('records of two different setups', async () => {
    const scene = await stage.scene();
    await scene.sites.b.store.locked((session) =>
      session.apply({ ...session.state(), record: { ...session.state().record, setup: 'another' } }),
    );
    expect(await refused(scene)).toMatchObject({ type: 'OtherSetup' });
  });

  test('to make a record anew that an active site has lost', async () => {
    const scene = await stage.scene();
    await scene.synced();
    await rm(join(scene.folder, 'a', 'record.json'));
    const { type, message } = await refused(scene);
    expect(type).toBe('Contradiction');
    expect(message).toContain('a had a record and lost it');
    expect(await roles(scene)).toBe('none/standby');
  });

  test('to make a record anew that a standby has lost', async () => {
    const scene = await stage.scene();
    await rm(join(scene.folder, 'b', 'record.json'));
    expect(await refused(scene)).toMatchObject({ type: 'Contradiction' });
    expect(await roles(scene)).toBe('active/none');
  });
});
