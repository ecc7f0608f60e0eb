import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { Fence } from '../../activities/fences/fence.ts';
import { startGuard } from '../../activities/site/guard.ts';
import { LOST, lost, QUOTE_ONLY } from './lost-source.ts';
import type { SceneOptions } from './scene.ts';
import { useStage } from './stage.ts';

const stage = useStage();
/** A fence that reaches the source from control, and what it answers. */
const fenceOf = (name: string, answers: Awaited<ReturnType<Fence['fence']>>, log: string[] = []): Fence => ({
  ...{ kind: 'command', name, at: 'control', stronger: true },
  fence: async () => {
    log.push(name);
    return answers;
  },
  read: async () => answers,
  check: async () => [],
});

const planned = (...fences: readonly Fence[]): SceneOptions => ({
  plan: { ...QUOTE_ONLY, fences: { a: fences.map(({ kind, name, at }) => ({ kind, name, at })), b: [] } },
  fences: { a: fences },
});

describe('An unplanned failover', () => {
  test('quotes the loss before anything is claimed, promotes the newest point and asks nobody else but for the verdict', async () => {
    const scene = await lost(stage);
    const before = await scene.record('b');
    const run = await scene.failover(LOST);
    const quote = await run.asks('start');
    expect(quote.title).toContain('giving up what a wrote after');
    expect(quote.facts[0]).toMatch(/^Promotes recovery point e1\.s2 \(proven\), whose backup began at \d{4}-/);
    expect(quote.facts).toContain('a does not answer');
    expect(quote.facts).toContain('No fence reaches a from here: a person has to assert that it cannot act');
    expect(await scene.record('b'), 'nothing was claimed').toEqual(before);
    await run.send(quote.id, 'approve');
    await run.answer('confirmed', { step: 'demote' });

    const result = await run.result();
    expect(result).toMatchObject({ outcome: 'committed', point: 'e1.s2', state: 'UNPROTECTED' });
    expect(result.rpo, 'counted from the start of the run').toBe(
      Date.parse(result.steps[0]?.startedAt ?? '') - Date.parse(result.pointTime ?? ''),
    );
    expect(Object.keys(Object.fromEntries(scene.apps.b.items))).toEqual(['one', 'two']);
    expect([...scene.apps.b.enabled].sort(), "the set of the point's manifest").toEqual(['hourly', 'nightly']);
    expect(scene.apps.b.log.filter((line) => line === 'restore').length, 'what is proven is not restored again').toBe(
      2,
    );
    expect(await scene.record('b')).toMatchObject({
      ...{ role: 'active', claim: { closed: true } },
      permission: { by: 'verdict', verdict: { result: 'asserted', by: { who: 'Ada' } } },
    });
  });

  test('never lets the quote be configured away', async () => {
    const scene = await lost(stage);
    const run = await scene.failover(LOST);
    await run.answer('reject', { step: 'start' });
    expect(await run.result()).toMatchObject({ outcome: 'rejected' });
    expect((await scene.record('b')).role).toBe('standby');
  });

  test('takes the point that was asked for, restores it, and says that the content is mixed', async () => {
    const scene = await lost(stage);
    const run = await scene.failover({ ...LOST, point: 'e1.s1' });
    const quote = await run.asks('start');
    expect(quote.facts.join('\n')).toContain(
      'b holds the newer e1.s2: an older point restored over it leaves mixed content',
    );
    await run.send(quote.id, 'approve');
    await run.answer('confirmed', { step: 'demote' });
    expect(await run.result()).toMatchObject({ outcome: 'committed', point: 'e1.s1' });
    expect([...scene.apps.b.items.keys()], 'a merge takes nothing away').toEqual(['one', 'two']);
    expect((await scene.facts('b')).lastPoint).toBe('e1.s1');
  });

  test('ends at once where the target has no such point as was asked for, and names those it has', async () => {
    const scene = await lost(stage);
    const before = await scene.record('b');
    const result = await (await scene.failover({ ...LOST, point: 'e1.s9' })).result();
    expect(result).toMatchObject({
      outcome: 'rejected',
      why: expect.stringMatching(/^the vault of b has no point e1\.s9\. Its newest: e1\.s2 of \d.*, e1\.s1 of \d/),
    });
    expect(await scene.record('b')).toEqual(before);
  });

  test('promotes what is proven at the target while its own vault does not answer, and says so before', async () => {
    const scene = await lost(stage);
    scene.vaults.b.before = () => {
      throw failure('Unavailable', 'the object store is away too');
    };
    const run = await scene.failover(LOST);
    const quote = await run.asks('start', { skip: '1 minute' });
    expect(quote.facts[0]).toMatch(/^Promotes recovery point e1\.s2 \(proven\)/);
    expect(quote.facts.join('\n')).toContain('the vault of b does not answer, so that newer points may lie there');
    await run.send(quote.id, 'approve');
    await run.answer('confirmed', { step: 'demote', skip: '1 minute' });
    expect(await run.result({ skip: '1 minute' })).toMatchObject({ outcome: 'committed', point: 'e1.s2' });
    expect([...scene.apps.b.items.keys()]).toEqual(['one', 'two']);
    expect([...scene.apps.b.enabled].sort(), "the set of the point's manifest").toEqual(['hourly', 'nightly']);
  });

  test('needs that vault where another point is asked for, or what the target holds is not proven', async () => {
    const scene = await lost(stage);
    scene.vaults.b.before = () => {
      throw failure('Unavailable', 'the object store is away too');
    };
    await scene.sites.b.store.locked((session) => {
      const { record, facts } = session.state();
      return session.apply({ record: { ...record, content: { point: 'e1.s2', state: 'restored' } }, facts });
    });
    const ask = await (await scene.failover(LOST)).asks('observe', { skip: '1 minute' });
    expect(ask.title).toContain('the object store is away too');
  });

  test('asks when there is no point at all', async () => {
    const scene = await stage.scene({ plan: QUOTE_ONLY });
    const ask = await (await scene.failover(LOST)).asks('observe');
    expect(ask.title).toContain("b's vault has no recovery point to promote");
  });

  test('restores a point that was pulled and never restored, and says so before', async () => {
    const scene = await lost(stage);
    // A third sync died between pulling and restoring.
    scene.around = async ({ part, name }, perform) => {
      if (part === 'b' && name === 'restore') throw failure('Refused', 'the disk is full');
      return perform();
    };
    await expect(scene.synced()).rejects.toThrow();
    scene.around = async ({ part }, perform) => {
      if (part === 'a') throw failure('Refused', 'a is lost');
      return perform();
    };
    const run = await scene.failover(LOST);
    const quote = await run.asks('start');
    expect(quote.facts.join('\n')).toContain('e1.s3 was never proven at b: it is verified and restored first');
    await run.send(quote.id, 'approve');
    await run.answer('confirmed', { step: 'demote' });
    expect(await run.result()).toMatchObject({ outcome: 'committed', point: 'e1.s3' });
    expect([...scene.apps.b.items.keys()]).toEqual(['one', 'two', 'three']);
  });

  test('quotes the loss anew, with the next older point, when the newest turns out to be damaged', async () => {
    const scene = await lost(stage);
    scene.around = async ({ part, name, input }, perform) => {
      if (part === 'a') throw failure('Refused', 'a is lost');
      if (name === 'verify' && input.point === 'e1.s3') throw failure('Damaged', 'a pack of e1.s3 is damaged');
      return perform();
    };
    const manifest = scene.vaults.b.manifests.get('e1.s2');
    if (manifest) scene.vaults.b.manifests.set('e1.s3', { ...manifest, id: 'e1.s3', sequence: 3, parent: 'e1.s2' });
    const again = await scene.failover(LOST);
    const quote = await again.asks('start');
    expect(quote.facts.join('\n')).toContain('e1.s3');
    await again.send(quote.id, 'approve');
    const anew = await again.asks('start');
    expect(anew.id).not.toBe(quote.id);
    expect(anew.facts.join('\n')).toContain('e1.s2');
    await again.send(anew.id, 'approve');
    await again.answer('confirmed', { step: 'demote' });
    expect(await again.result()).toMatchObject({ outcome: 'committed', point: 'e1.s2' });
  });

  test('names what differs from the point after its restore, before it is promoted', async () => {
    const scene = await lost(stage, { plan: { approvals: { ...QUOTE_ONLY.approvals, unplanned: ['cutover'] } } });
    scene.around = async ({ part, name }, perform) => {
      if (part === 'a') throw failure('Refused', 'a is lost');
      const done = await perform();
      if (name === 'restore') scene.apps.b.items.set('one', 'damaged');
      return done;
    };
    const run = await scene.failover({ ...LOST, point: 'e1.s1' });
    await run.answer('approve', { step: 'start' });
    const { facts } = await run.answer('approve', { step: 'cutover' });
    expect(facts[0]).toBe('b holds e1.s1, but not exactly');
    expect(facts[1]).toBe('1 items at b are not as in e1.s1: app: items/one different');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
  });

  test('says nothing of differences where there are none', async () => {
    const scene = await lost(stage, { plan: { approvals: { ...QUOTE_ONLY.approvals, unplanned: ['cutover'] } } });
    const run = await scene.failover(LOST);
    await run.answer('approve', { step: 'start' });
    const { facts } = await run.asks('cutover');
    expect(facts[0]).toBe('b holds e1.s2');
    expect(facts.join()).not.toContain('not as in');
  });

  test('says when the source still answers: a planned failover would lose nothing', async () => {
    const scene = await lost(stage);
    scene.around = undefined;
    const quote = await (await scene.failover(LOST)).asks('start');
    expect(quote.facts).toContain('a still answers as active: a planned failover would lose nothing');
  });

  test('ends at once where the target is active already', async () => {
    const scene = await lost(stage);
    scene.around = undefined;
    const result = await (await scene.failover({ ...LOST, to: 'a' })).result();
    expect(result).toMatchObject({ outcome: 'already-there', why: 'a is active', answers: [] });
  });
});

describe('The verdict', () => {
  const CONFIRMED = { result: 'confirmed', saw: 'power is off' } as const;

  test('is confirmed by a fence that runs from control, and nobody has to assert anything', async () => {
    const scene = await lost(stage, planned(fenceOf('power', CONFIRMED)));
    const run = await scene.failover(LOST);
    const quote = await run.answer('approve', { step: 'start' });
    expect(quote.facts).toContain('a will be fenced by power');
    expect(await run.result()).toMatchObject({
      outcome: 'committed',
      verdict: { result: 'confirmed', means: 'power: power is off' },
      answers: [{ step: 'start' }],
    });
  });

  test('is asked of a person where every fence fails, with what they said', async () => {
    const log: string[] = [];
    const scene = await lost(
      stage,
      planned(
        fenceOf('power', { result: 'failed', why: 'the board does not answer' }, log),
        fenceOf('firewall', { result: 'ask', todo: 'close the firewall by hand' }, log),
      ),
    );
    const run = await scene.failover(LOST);
    await run.answer('approve', { step: 'start' });
    const ask = await run.answer('confirmed', { step: 'demote' });
    expect(ask.facts).toEqual(
      expect.arrayContaining(['power: the board does not answer', 'firewall: close the firewall by hand']),
    );
    expect(log).toEqual(['power', 'firewall']);
    expect(await run.result()).toMatchObject({ verdict: { result: 'asserted', who: 'Ada' } });
  });

  test('is confirmed by one fence where others fail, which the report names', async () => {
    const scene = await lost(
      stage,
      planned(fenceOf('power', { result: 'failed', why: 'the board does not answer' }), fenceOf('firewall', CONFIRMED)),
    );
    const run = await scene.failover(LOST);
    await run.answer('approve', { step: 'start' });
    const result = await run.result();
    expect(result.verdict?.result).toBe('confirmed');
    expect(result.notes).toContain('this fence of a did not confirm: power: the board does not answer');
  });

  test('comes from the approver of the cutover, where one is configured', async () => {
    const scene = await lost(stage, { plan: { approvals: { ...QUOTE_ONLY.approvals, unplanned: ['cutover'] } } });
    const run = await scene.failover(LOST);
    await run.answer('approve', { step: 'start' });
    const cutover = await run.answer('approve', { step: 'cutover', who: 'Grace' });
    expect(cutover.facts).toContain(
      'By approving you assert, in your name, that a cannot act: it is powered off or cut off from clients, and will not start its schedules',
    );
    expect(await run.result()).toMatchObject({ verdict: { result: 'asserted', who: 'Grace' } });
  });

  test('is never given by a person where a fence confirms it', async () => {
    const scene = await lost(stage, {
      ...planned(fenceOf('power', CONFIRMED)),
      plan: {
        ...planned(fenceOf('power', CONFIRMED)).plan,
        approvals: { ...QUOTE_ONLY.approvals, unplanned: ['cutover'] },
      },
    });
    const run = await scene.failover(LOST);
    await run.answer('approve', { step: 'start' });
    await run.answer('approve', { step: 'cutover' });
    expect(await run.result()).toMatchObject({ verdict: { result: 'confirmed' } });
  });
});

describe('A source that comes back', () => {
  test('hears that it was superseded from the vault of its peer, becomes outdated and fences itself', async () => {
    const scene = await lost(stage);
    const run = await scene.failover(LOST);
    await run.answer('approve', { step: 'start' });
    await run.answer('confirmed', { step: 'demote' });
    await run.result();
    expect((await scene.record('a')).role, 'two records act, by the word of a person').toBe('active');
    const told: string[] = [];
    const guards = (['b', 'a'] as const).map((site) =>
      startGuard(scene.sites[site], (_level, text) => void told.push(text), 20),
    );
    await expect.poll(async () => (await scene.record('a')).role).toBe('outdated');
    await expect.poll(() => scene.apps.a.executing).toBe(false);
    await Promise.all(guards.map((guard) => guard.stop()));
    expect(told.join('\n')).toContain(`a is now outdated: b took over with epoch ${(await scene.record('b')).epoch}`);
    expect((await scene.record('b')).role).toBe('active');
    scene.around = undefined;
    expect(await scene.synced(), 'nothing is restored into it').toMatchObject({
      outcome: 'nothing-to-do',
      why: 'a is outdated, not standby',
    });
  });
});
