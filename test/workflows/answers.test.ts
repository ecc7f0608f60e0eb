import { describe, expect, test } from 'vitest';
import { expectServing } from './promises.ts';
import type { Running } from './running.ts';
import { NO_DOOR, useStage } from './stage.ts';

const stage = useStage();
const APPROVALS = { planned: ['start', 'cutover'], unplanned: ['start'], approvers: [], validFor: 900_000 } as const;
const START_ONLY = { ...APPROVALS, planned: ['start'] } as const;

/** What the run says to an answer that it does not take. */
const refused = (run: Running<unknown>, answer: unknown): Promise<string> =>
  (answer === undefined
    ? run.handle.executeUpdate('answer')
    : run.handle.executeUpdate<string, [unknown]>('answer', { args: [answer] })
  ).then(
    () => 'it was taken',
    (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
  );

describe('Rejecting', () => {
  test('at the start ends the run, and nothing was touched', async () => {
    const scene = await stage.scene();
    const before = await scene.record('a');
    const run = await scene.failover();
    await run.answer('reject', { step: 'start' });
    expect(await run.result()).toMatchObject({ outcome: 'rejected', why: 'Ada: because of the test' });
    expect(await scene.record('a')).toEqual(before);
    expect(scene.apps.a.log).toEqual([]);
  });

  test('at the cutover thaws the source, which enables exactly what was enabled', async () => {
    const scene = await stage.scene();
    const run = await scene.failover();
    await run.answer('approve', { step: 'start' });
    await run.answer('reject', { step: 'cutover' });
    expect(await run.result()).toMatchObject({ outcome: 'rejected', state: 'PROTECTED' });
    await expectServing(scene, 'a', {});
    expect(scene.apps.a.log.filter((line) => line.startsWith('release'))).toEqual(['release hourly,nightly']);
    expect(await run.steps()).toMatchObject({ claim: 'undone', freeze: 'undone', promote: 'waiting' });
  });
});

describe('An approval that nobody answers in time', () => {
  const within = (then: 'reject' | 'keep-waiting') => ({
    ...{ ...APPROVALS, timeout: JSON.parse(`{"after": 28800000, "then": "${then}"}`) },
  });

  test('is rejected where that is configured', async () => {
    const scene = await stage.scene({ plan: { approvals: within('reject') } });
    const run = await scene.failover();
    await run.asks('start');
    expect(await run.result({ skip: '1h' })).toMatchObject({
      outcome: 'rejected',
      why: 'nobody answered start within 8 h 0 min',
    });
  });

  test('rejected at the cutover, the source serves again', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...within('reject'), planned: ['cutover'] } } });
    const run = await scene.failover();
    await run.asks('cutover');
    expect(await run.result({ skip: '1h' })).toMatchObject({
      outcome: 'rejected',
      why: 'nobody answered cutover within 8 h 0 min',
    });
    await expectServing(scene, 'a', {});
  });

  test('stays open for days where that is configured: the same ask, and the report says how late it was answered', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...within('keep-waiting'), planned: ['start'] } } });
    const run = await scene.failover();
    const ask = await run.asks('start');
    await stage.env().sleep('3 days');
    expect((await run.status()).ask?.id).toBe(ask.id);
    await run.send(ask.id, 'approve');
    const result = await run.result();
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(result.notes.join()).toMatch(/start was answered after 72 h|start was answered after 3 d/);
  });
});

describe('An approval', () => {
  test('lapses when the run was paused for longer than it is valid, and is asked for anew', async () => {
    const scene = await stage.scene({ plan: { approvals: START_ONLY } });
    const run = await scene.failover();
    const first = await run.asks('start');
    await run.handle.executeUpdate('pause', { args: [{ who: 'Bob', why: 'wait for the storage team' }] });
    await run.send(first.id, 'approve');
    await stage.env().sleep('16 minutes');
    await run.handle.executeUpdate('resume');
    const second = await run.asks('start');
    expect(second.id).not.toBe(first.id);
    await run.send(second.id, 'approve');
    const result = await run.result();
    expect(result.outcome).toBe('committed');
    expect(result.notes).toContain('the approval of Ada for start lapsed: it was not used in time');
  });

  test('that was not used in time, because the claim was not to be had, lapses too', async () => {
    const scene = await stage.scene({ plan: { approvals: START_ONLY } });
    scene.apps.b.tasks = [{ name: 'import by hand', since: '2026-01-01T00:00:00.000Z' }];
    const run = await scene.failover();
    const first = await run.answer('approve', { step: 'start' });
    const tasks = await run.asks('claim');
    await stage.env().sleep('16 minutes');
    scene.apps.b.tasks = [];
    await run.send(tasks.id, 'retry');
    const second = await run.asks('start');
    expect(second.id).not.toBe(first.id);
    expect(await scene.record('a')).toMatchObject({ claim: { kind: 'failover', closed: true } });
    await run.send(second.id, 'approve');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', {});
  });

  test('that is used in time after a pause does not lapse', async () => {
    const scene = await stage.scene({ plan: { approvals: START_ONLY } });
    const run = await scene.failover();
    const ask = await run.asks('start');
    await run.handle.executeUpdate('pause', { args: [{ who: 'Bob', why: 'a moment' }] });
    await run.send(ask.id, 'approve');
    await stage.env().sleep('10 minutes');
    expect((await run.status()).paused).toMatchObject({ who: 'Bob' });
    expect(scene.called, 'nothing goes on meanwhile').not.toContain('a.claim');
    await run.handle.executeUpdate('resume');
    expect(await run.result()).toMatchObject({ outcome: 'committed', notes: [NO_DOOR] });
  });

  test('is not used while the run is paused, also when somebody pauses it a second time', async () => {
    const scene = await stage.scene({ plan: { approvals: START_ONLY } });
    const run = await scene.failover();
    const ask = await run.asks('start');
    await run.handle.executeUpdate('pause', { args: [{ who: 'Bob', why: 'a moment' }] });
    await run.send(ask.id, 'approve');
    for (const who of ['Bob', 'Grace', 'Bob']) {
      await run.handle.executeUpdate('pause', { args: [{ who, why: 'a moment longer' }] });
      await run.handle.signal('pause', { who, why: 'a moment longer' });
      await stage.env().sleep('1 minute');
    }
    expect((await run.status()).paused).toEqual({ who: 'Bob', why: 'a moment longer' });
    expect(scene.called).not.toContain('a.claim');
    await run.handle.executeUpdate('resume');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
  });

  test('is taken only from the list of approvers, where there is one', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...START_ONLY, approvers: ['Ada', 'Grace'] } } });
    const run = await scene.failover();
    const ask = await run.asks('start');
    await expect(run.send(ask.id, 'approve', 'Mallory')).rejects.toThrow();
    expect(await refused(run, { ask: ask.id, choice: 'approve', who: 'Mallory', why: 'x' })).toBe(
      '"Mallory" is not on the list of approvers: Ada, Grace',
    );
    await run.send(ask.id, 'approve', 'Grace');
    expect(await run.result()).toMatchObject({ outcome: 'committed', answers: [{ who: 'Grace' }] });
  });

  test('lapses when a fact that it rests on changed before the claim, and is asked for anew', async () => {
    const scene = await stage.scene({ plan: { approvals: START_ONLY } });
    const run = await scene.failover();
    const first = await run.asks('start');
    // While it waits, another failover goes there and back: the epochs are others now.
    for (const to of ['b', 'a']) {
      const other = await scene.failover({ to });
      await other.answer('approve', { step: 'start' });
      await other.result();
    }
    await run.send(first.id, 'approve');
    const second = await run.asks('start');
    expect(second.id).not.toBe(first.id);
    expect(await scene.record('a')).toMatchObject({ role: 'active', claim: { closed: true } });
    await run.send(second.id, 'approve');
    const result = await run.result();
    expect(result.notes.join()).toContain('what was approved has changed: the epoch of a is 3 now, and was 1');
    await expectServing(scene, 'b', {});
  });
});

describe('An answer that does not fit', () => {
  test('is refused with the reason and, where it is malformed, a right one', async () => {
    const scene = await stage.scene();
    const run = await scene.failover();
    const ask = await run.asks('start');
    const right = { ask: ask.id, choice: 'approve', who: 'Ada', why: 'change 4711' };
    const EXAMPLE = '{"ask": "cutover-3f9a1c", "choice": "approve", "who": "Ada", "why": "change 4711"}';
    expect(await refused(run, undefined)).toBe(`an answer is one JSON object, for example ${EXAMPLE}`);
    expect(await refused(run, { ...right, who: ' ' })).toBe(`"who" is missing; for example ${EXAMPLE}`);
    expect(await refused(run, { ...right, choice: 'yes' })).toContain('"choice" is one of approve, reject');
    expect(await refused(run, { ...right, extra: 1 })).toBe(`unknown "extra"; for example ${EXAMPLE}`);
    expect(await refused(run, { ...right, choice: 'skip' })).toBe(`"skip" is no choice of ${ask.id}: approve, reject`);
    expect(await refused(run, { ...right, ask: 'cutover-000000' })).toContain(`that is "${ask.id}"`);
    expect((await run.status()).ask?.id, 'the ask is still open').toBe(ask.id);
  });

  test('is refused when it is a copy, or one for a former ask', async () => {
    const scene = await stage.scene();
    const run = await scene.failover();
    const start = await run.answer('approve', { step: 'start' });
    const cutover = await run.asks('cutover');
    expect(await refused(run, { ask: start.id, choice: 'approve', who: 'Ada', why: 'again' })).toBe(
      `"${start.id}" is not what waits now; that is "${cutover.id}": ${cutover.title}`,
    );
  });

  test('is refused while nothing is asked', async () => {
    const scene = await stage.scene();
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    scene.around = async ({ name }, perform) => {
      if (name === 'claim') await held;
      return perform();
    };
    const run = await scene.failover();
    const start = await run.answer('approve', { step: 'start' });
    expect(await refused(run, { ask: start.id, choice: 'approve', who: 'Ada', why: 'twice' })).toBe(
      'nothing waits for an answer now',
    );
    goOn();
    await run.asks('cutover');
  });

  test('is only noted when it comes as a signal, which cannot be refused; a right one is taken', async () => {
    const scene = await stage.scene({ plan: { approvals: START_ONLY } });
    const run = await scene.failover();
    const ask = await run.asks('start');
    await run.handle.signal('answer');
    await run.handle.signal('answer', { ask: 'start-000000', choice: 'approve', who: 'Ada', why: 'a copy' });
    await run.handle.signal('answer', { ask: ask.id, choice: 'approve', who: 'Ada', why: 'change 4711' });
    await run.handle.signal('answer', { ask: ask.id, choice: 'reject', who: 'Bob', why: 'too late' });
    expect(await run.result()).toMatchObject({ outcome: 'committed', answers: [{ who: 'Ada', why: 'change 4711' }] });
  });
});

describe('Messages', () => {
  test('without any input are survived: what needs none is done, what needs some is refused or noted', async () => {
    const scene = await stage.scene();
    const run = await scene.failover();
    const ask = await run.asks('start');
    await run.handle.signal('pause');
    await run.handle.signal('resume');
    await expect(run.handle.executeUpdate('pause')).rejects.toThrow();
    await run.handle.executeUpdate('resume');
    expect((await run.status()).paused).toBeUndefined();
    expect((await run.status()).ask?.id).toBe(ask.id);
  });

  test('are described with an example that can be copied', async () => {
    const scene = await stage.scene();
    const run = await scene.failover();
    await run.asks('start');
    interface Described {
      readonly definition: Record<
        'queryDefinitions' | 'signalDefinitions' | 'updateDefinitions',
        { name: string; description?: string }[]
      >;
    }
    const { definition } = await run.handle.query<Described>('__temporal_workflow_metadata');
    const described = (kind: keyof Described['definition']): Record<string, string> =>
      Object.fromEntries(
        definition[kind]
          .filter(({ name }) => !name.startsWith('__'))
          .map(({ name, description }) => [name, description ?? '']),
      );
    for (const messages of [described('signalDefinitions'), described('updateDefinitions')]) {
      expect(Object.keys(messages).sort()).toEqual(['answer', 'pause', 'resume']);
      expect(messages.answer).toContain(
        'Input: {"ask": "cutover-3f9a1c", "choice": "approve", "who": "Ada", "why": "change 4711"}',
      );
      expect(messages.pause).toContain('Input: {"who": "Ada", "why": "storage migration until noon"}');
      expect(messages.resume).toContain('Input: none');
    }
    expect(described('queryDefinitions')).toHaveProperty('status');
  });

  test('and the details of a run show the question, its facts and the JSON that answers it', async () => {
    const scene = await stage.scene();
    const run = await scene.failover();
    const ask = await run.asks('start');
    const { currentDetails } = await run.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain(`{"ask": "${ask.id}", "choice": "approve",\n "who": "", "why": ""}`);
    for (const fact of ask.facts) expect(currentDetails).toContain(fact.replace('reject: ', ''));
    expect(currentDetails.replaceAll('\u00A0', ' ')).toContain('**? Approval: start**');
  });
});
