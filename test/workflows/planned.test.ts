import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { Fence } from '../../activities/fences/fence.ts';
import type { RunStatus } from '../../model/status.ts';
import { expectServing, steps, times } from './promises.ts';
import type { Running } from './running.ts';
import { NO_DOOR, useStage } from './stage.ts';

const stage = useStage();
/** No approval: most tests here look at what the steps do. */
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

/** How a run ended, in its own words. */
const ended = async ({ handle }: Running<unknown>): Promise<string | undefined> =>
  (await handle.query<RunStatus>('status')).ended;

describe('A planned failover', () => {
  test('asks twice, loses nothing, and leaves one active site that does exactly what the other did', async () => {
    const scene = await stage.scene();
    scene.apps.a.items.set('one', '1');
    const run = await scene.failover();
    const start = await run.answer('approve', { step: 'start' });
    expect(start.choices).toEqual(['approve', 'reject']);
    expect(start.facts.join()).toContain('a (active) gives the active role to b (standby)');
    const cutover = await run.asks('cutover');
    expect((await scene.record('a')).role, 'nobody gave anything up yet').toBe('active');
    expect([...scene.apps.a.enabled], 'the source is held').toEqual([]);
    await run.send(cutover.id, 'approve');

    expect(await run.result()).toMatchObject({
      ...{ outcome: 'committed', from: 'a', to: 'b', point: 'e1.s1', rpo: 0, state: 'PROTECTED', notes: [NO_DOOR] },
      verdict: { result: 'confirmed', means: 'services' },
      answers: [
        { step: 'start', choice: 'approve', who: 'Ada' },
        { step: 'cutover', choice: 'approve', who: 'Ada' },
      ],
    });
    await expectServing(scene, 'b', { one: '1' });
    expect(times(scene, 'b', 'release'), 'released once').toBe(1);
    expect(times(scene, 'a', 'release'), 'and never at the source').toBe(0);
    expect(Object.values(await run.steps())).toEqual(Array(14).fill('done'));
  });

  test("may stop the source's application by a fence of its own: the run back, and a sync, begin with lowering it", async () => {
    const scene = await stage.scene({ plan: UNASKED });
    let stopped = false;
    scene.apps.a.before = () => {
      if (stopped) throw failure('Unavailable', 'the core is stopped: nothing answers');
    };
    const coreOff: Fence = {
      ...{ kind: 'command', name: 'core-off', at: 'site', stronger: true },
      async fence() {
        stopped = true;
        return { result: 'confirmed', saw: 'stopped' };
      },
      read: async () => (stopped ? { result: 'confirmed', saw: 'stopped' } : { result: 'failed', why: 'it runs' }),
      lower: async () => {
        stopped = false;
      },
      check: async () => [],
    };
    Object.assign(scene.sites.a, { fences: [coreOff] });
    expect(await (await scene.failover()).result()).toMatchObject({ outcome: 'committed', state: 'PROTECTED' });
    expect(stopped).toBe(true);
    expect(await (await scene.failover({ to: 'a' })).result()).toMatchObject({ outcome: 'committed' });
    expect(stopped).toBe(false);
    await (await scene.failover()).result();
    expect(stopped).toBe(true);
    expect(await scene.synced()).toMatchObject({ outcome: 'synced', from: 'b', to: 'a' });
    expect(stopped).toBe(false);
  });

  test('journals the intent of every effect before the effect, at the site that it changes', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    const effects = ['hold', 'proveFrozen', 'quiet', 'restore', 'stage', 'start', 'release'];
    const unannounced: string[] = [];
    for (const site of ['a', 'b'] as const) {
      scene.apps[site].before = async (method) => {
        if (!effects.includes(method)) return;
        const orders = (await scene.journal(site)).filter(({ kind }) => kind === 'intent' || kind === 'outcome');
        if (orders.at(-1)?.kind !== 'intent') unannounced.push(`${site}.${method}`);
      };
    }
    await (await scene.failover()).result();
    expect(unannounced).toEqual([]);
    expect(await steps(scene, 'a', 'failure')).toEqual([]);
    expect(await steps(scene, 'b', 'outcome')).toEqual(await steps(scene, 'b', 'intent'));
  });

  test('changes roles in the order that never lets two sites act', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    const seen: string[] = [];
    scene.around = async (_call, perform) => {
      const result = await perform();
      const roles = `${(await scene.record('a')).role}/${(await scene.record('b')).role}`;
      if (seen.at(-1) !== roles) seen.push(roles);
      return result;
    };
    await (await scene.failover()).result();
    expect(seen).toEqual(['active/standby', 'standby/standby', 'standby/promoting', 'standby/active']);
  });

  test('costs no more than 400 events, and every step that is not an approval is at least one activity', async () => {
    const scene = await stage.scene();
    const run = await scene.failover();
    await run.answer('approve', { step: 'start' });
    await run.answer('approve', { step: 'cutover' });
    await run.result();
    const { events } = await run.handle.fetchHistory();
    expect(events?.length).toBeLessThanOrEqual(400);
    const scheduled = events?.filter((event) => event.activityTaskScheduledEventAttributes) ?? [];
    const activities = scheduled.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
    expect(activities.length).toBeLessThanOrEqual(40);
    expect(activities).toEqual(
      expect.arrayContaining([
        ...[
          'observe',
          'claim',
          'freeze',
          'backup',
          'restore',
          'stage',
          'acceptReceipt',
          'demote',
          'promote',
          'activate',
        ],
        ...['moveRedirect', 'runCheck', 'release', 'closeClaim'],
      ]),
    );
    expect(
      scheduled.filter((event) => !event.userMetadata?.summary),
      'each says in words what it does',
    ).toEqual([]);
  });

  test('asks nobody where no approval is configured', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    expect(await (await scene.failover()).result()).toMatchObject({ outcome: 'committed', answers: [] });
    await expectServing(scene, 'b', {});
  });

  test('does not begin with a target that is older than the source, and goes on once that is upgraded', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    scene.apps.b.version = '1.0 build 90';
    const run = await scene.failover();
    const ask = await run.asks('observe');
    expect([ask.title, ...ask.facts].join('\n')).toContain(
      'app is 1.0 build 100 at a and older at b (1.0 build 90): it would refuse the restore',
    );
    expect(times(scene, 'a', 'hold'), 'nothing is frozen for it').toBe(0);
    scene.apps.b.version = '1.0 build 110';
    await run.send(ask.id, 'retry');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', { one: '1' });
  });

  test('begins nothing while a redirect could not be proved, and tells other doubts in its approval', async () => {
    let level: 'error' | 'warning' = 'error';
    const scene = await stage.scene({
      plan: { redirects: [{ kind: 'command', name: 'door' }] },
      redirect: {
        ...{ kind: 'command', name: 'door', readsBack: false },
        read: async () => 'unknown',
        move: async () => 'moved',
        check: async () => [{ level, topic: 'redirect door', says: 'no such program' }],
      },
    });
    const run = await scene.failover();
    const ask = await run.asks('observe');
    expect([ask.title, ...ask.facts].join('\n')).toContain('redirect door: no such program');
    expect(times(scene, 'a', 'hold'), 'nothing is frozen for it').toBe(0);
    level = 'warning';
    await run.send(ask.id, 'retry');
    const start = await run.asks('start');
    expect(start.facts).toContain('redirect door: no such program');
    await run.send(start.id, 'reject');
    expect(await run.result()).toMatchObject({ outcome: 'rejected' });
  });

  test('says in its approval what is not promised', async () => {
    const scene = await stage.scene();
    const [component] = scene.plan.components;
    scene.reconfigure({
      digest: scene.plan.digest,
      components: [
        { ...(component as NonNullable<typeof component>), notPromised: ['writes after the freeze are not refused'] },
      ],
    });
    const ask = await (await scene.failover()).asks('start');
    expect(ask.facts.join('\n')).toContain('Not promised, app: writes after the freeze are not refused');
    expect(ask.facts.join('\n')).toContain('No front door is configured');
    expect(ask.facts.join('\n'), 'nothing is promised that cannot be kept').not.toContain('Nothing is lost');
  });

  test('says at the cutover since when clients are out, and what is left until they are served', async () => {
    const redirects = [{ kind: 'command', name: 'door' }] as const;
    const scene = await stage.scene({ plan: { redirects, freeze: { max: 900_000, frontDoor: true } } });
    const run = await scene.failover();
    await run.send((await run.asks('start')).id, 'approve');
    const { facts } = await run.answer('approve', { step: 'cutover' });
    expect(facts.join('\n')).toMatch(
      /Clients are out since .* UTC, .* by now; demote, promote, redirect, verify are left until they are served at b/,
    );
    expect(await run.result()).toMatchObject({ frozenAt: expect.any(String) });
    expect(await ended(run)).toContain('Clients were out for');
  });

  test('measures the outage by one clock: a site may be an hour ahead', async () => {
    const scene = await stage.scene({ plan: { ...UNASKED, freeze: { max: 900_000, frontDoor: true } } });
    scene.later(3_600_000);
    const { rto, frozenAt, redirectedAt } = await (await scene.failover()).result();
    expect(rto).toBeGreaterThanOrEqual(0);
    expect(rto).toBeLessThan(600_000);
    expect(Date.parse(redirectedAt ?? '') - Date.parse(frozenAt ?? '')).toBeGreaterThanOrEqual(0);
  });

  test('speaks of no outage where no front door shuts clients out, neither at the cutover nor in the end', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...UNASKED.approvals, planned: ['cutover'] } } });
    const run = await scene.failover();
    const { facts } = await run.answer('approve', { step: 'cutover' });
    expect(facts.join('\n')).toMatch(
      /Frozen since .* UTC, .* by now; clients are not shut out, since no front door is configured; demote,/,
    );
    expect(facts.join('\n')).not.toContain('out since');
    expect(await run.result()).not.toHaveProperty('frozenAt');
    expect(await ended(run)).toContain('after the freeze it was proved to serve');
    expect(await ended(run)).not.toMatch(/Clients were out|served again/);
  });

  test('goes there and back twice, with syncs in between, and carries the data each time', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    const expected: Record<string, string> = {};
    const epochs: number[] = [];
    for (const [index, to] of (['b', 'a', 'b', 'a'] as const).entries()) {
      const from = to === 'b' ? 'a' : 'b';
      scene.apps[from].items.set(`item ${index}`, `of ${from}`);
      expected[`item ${index}`] = `of ${from}`;
      expect(await scene.synced()).toMatchObject({ outcome: 'synced', from, to });
      expect(await (await scene.failover({ to })).result()).toMatchObject({ outcome: 'committed', rpo: 0 });
      await expectServing(scene, to, expected);
      epochs.push((await scene.record(to)).epoch);
    }
    expect(epochs, 'rising, and of the parity of the site that acts').toEqual([4, 7, 10, 13]);
  });

  test('closes the front door of the source and opens that of the target', async () => {
    const doors: string[] = [];
    const scene = await stage.scene({
      plan: UNASKED,
      frontDoor: (site) => ({
        close: async () => void doors.push(`${site} closed`),
        open: async () => void doors.push(`${site} open`),
      }),
    });
    await (await scene.failover()).result();
    expect(doors.indexOf('a closed')).toBe(0);
    expect(doors.at(-1)).toBe('b open');
    expect(doors).not.toContain('a open');
  });
});

describe('Jobs that are accepted after the source was drained', () => {
  const late = (id: string) => ({ component: 'app', id, title: `late ${id}`, request: { workspace: id } });
  const door = () => ({ close: async () => undefined, open: async () => undefined });

  test('send the run back to the freeze where clients are shut out: they are drained, and what is given up moves too', async () => {
    const scene = await stage.scene({ plan: UNASKED, frontDoor: door });
    let accepted = 0;
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.acceptReceipt' && ++accepted === 1) scene.apps.a.jobs = [late('1')];
      if (`${part}.${name}` === 'a.freeze' && accepted === 1) scene.apps.a.jobs = [];
      return perform();
    };
    const result = await (await scene.failover()).result();
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(result.notes.join()).toContain(
      'a accepted 1 jobs since it was drained, past its closed front door: app: late 1',
    );
    expect(times(scene, 'a', 'frozen')).toBe(2);
    await expectServing(scene, 'b', {});
  });

  test.each([
    ['', 0],
    [', also when the worker dies in the middle of the demotion', 1],
  ])('are named in the report where clients cannot be shut out%s', async (_when, deaths) => {
    const scene = await stage.scene({ plan: UNASKED });
    let died = 0;
    scene.apps.a.before = (method) => {
      if (method === 'quiet' && died < deaths && ++died) throw failure('Unavailable', 'the worker died');
    };
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'a.demote') scene.apps.a.jobs = [late('1')];
      return perform();
    };
    const result = await (await scene.failover()).result({ skip: '1s' });
    expect(died).toBe(deaths);
    expect(result.notes).toContain('a accepted 1 jobs after it was drained, which do not run: app: late 1');
  });

  test('run after all where the role is given back: they wait in the queue of a site that accepted them', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'a.demote') scene.apps.a.jobs = [late('1')];
      if (`${part}.${name}` === 'b.promote') throw failure('Refused', 'not now');
      return perform();
    };
    const run = await scene.failover();
    await run.answer('give-back', { step: 'promote' });
    expect(await run.result()).toMatchObject({ outcome: 'given-back' });
    expect(scene.apps.a.jobs).toEqual([late('1')]);
    await expectServing(scene, 'a', {});
  });
});

describe('Moving the clients', () => {
  test('may have an approval of its own; a rejected one is asked again, since the role has moved', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...UNASKED.approvals, planned: ['redirect'] } } });
    const run = await scene.failover();
    const first = await run.answer('reject', { step: 'redirect' });
    expect(scene.door.leadsTo).toBe('a');
    const second = await run.answer('approve', { step: 'redirect' });
    expect(second.id).not.toBe(first.id);
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', {});
  });

  test('by hand: the run asks for it, and proves that it was done', async () => {
    const scene = await stage.scene({
      plan: { ...UNASKED, redirects: [{ kind: 'manual', name: 'door' }] },
      redirect: {
        ...{ kind: 'manual', name: 'door' },
        readsBack: false,
        read: async () => 'unknown',
        move: async (_signal, to) => ({ ask: `point the load balancer to ${to}` }),
        check: async () => [],
      },
    });
    const run = await scene.failover();
    const ask = await run.answer('done', { step: 'redirect' });
    expect(ask.title).toContain('point the load balancer to b');
    // It was said to be done and is not: the check fails until it is.
    const blocked = await run.asks('verify', { skip: '30s' });
    expect(blocked.title).toContain('the door leads to a');
    expect(blocked.choices).toContain('skip');
    scene.door.leadsTo = 'b';
    await run.send(blocked.id, 'retry');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', {});
  });

  test('is journaled at the target before and after', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await (await scene.failover()).result();
    const entries = (await scene.journal('b')).filter((entry) => entry.kind === 'redirect');
    expect(entries).toMatchObject([
      { name: 'door', to: 'b', phase: 'intent' },
      { name: 'door', to: 'b', phase: 'done' },
    ]);
  });

  test('by checks that hold at either site alone is not called proved, before and after', async () => {
    const scene = await stage.scene({
      plan: {
        approvals: { ...UNASKED.approvals, planned: ['start'] },
        checks: [{ kind: 'tcp', name: 'door', tells: false }],
      },
    });
    const run = await scene.failover();
    const says = 'no client check can tell the sites apart, so that clients reach b is not proved';
    expect((await run.asks('start')).facts).toContain(`Not promised: ${says}`);
    await run.answer('approve', { step: 'start' });
    const { notes, steps } = await run.result();
    expect(notes).toContain(says);
    expect(steps.find(({ id }) => id === 'verify')?.note).toBe(`1 checks hold, from control and from b; ${says}`);
  });

  test('a check that fails blocks the run; skipped, the report says so', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ name }, perform) => {
      if (name === 'runCheck') throw failure('Refused', 'the certificate is of another host');
      return perform();
    };
    const run = await scene.failover();
    const ask = await run.asks('verify');
    expect(ask.choices).toEqual(['retry', 'skip']);
    await run.send(ask.id, 'skip');
    const result = await run.result();
    expect(result.steps.find(({ id }) => id === 'verify')).toMatchObject({
      state: 'skipped',
      note: 'skipped after: the certificate is of another host',
    });
    expect(result.rto, 'what was not verified is not measured').toBeUndefined();
    await expectServing(scene, 'b', {});
  });
});
