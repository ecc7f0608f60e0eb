import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { NewEntry, Session, Store } from '../../activities/site/store.ts';
import { expectServing, times } from './promises.ts';
import type { Scene } from './scene.ts';
import { NO_DOOR, useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

/** Every activity that changes a site in a planned failover, and at which site. `renewFreeze` only keeps a clock going. */
const STEPS = [
  ...['a.claim', 'b.claim', 'a.freeze', 'a.backup', 'a.seal', 'b.pull', 'b.verify', 'b.restore', 'b.prove', 'b.stage'],
  ...['a.issueReceipt', 'b.acceptReceipt', 'a.demote', 'b.promote', 'b.activate', 'b.journalRedirect'],
  ...['control.moveRedirect', 'b.release', 'a.handOver', 'a.closeClaim', 'b.closeClaim'],
];

/** Without a person, and with the effects of a run in which nothing failed. `repeated`: a step whose effect nobody recorded. */
async function expectDone(scene: Scene, repeated = ''): Promise<void> {
  scene.apps.a.items.set('one', '1');
  const result = await (await scene.failover()).result({ skip: '1s' });
  expect(result).toMatchObject({ outcome: 'committed', answers: [], notes: [NO_DOOR], claim: 2, rpo: 0 });
  await expectServing(scene, 'b', { one: '1' });
  expect(times(scene, 'b', 'release'), 'released').toBe(repeated === 'b.release' ? 2 : 1);
  expect(times(scene, 'a', 'release'), 'never thawed').toBe(0);
  expect((await scene.facts('b')).lastPoint, 'the next point has a parent').toBe(result.point);
}

describe('A worker that dies needs no person', () => {
  test('when nothing fails, every one of these steps is taken', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await expectDone(scene);
    expect(STEPS.filter((step) => !scene.called.includes(step))).toEqual([]);
    const changing = scene.called.filter(
      (name) => !/\.(observe|checkControl|loadPlan|runCheck|keepReport)$/.test(name),
    );
    expect(
      changing.filter((name) => !STEPS.includes(name)),
      'no step is left out here',
    ).toEqual([]);
  });

  describe.each(['before the effect', 'after the effect, before the answer'] as const)('%s', (when) => {
    test.each(STEPS)('of %s', async (step) => {
      const scene = await stage.scene({ plan: UNASKED });
      let died = 0;
      scene.around = async ({ part, name }, perform) => {
        if (`${part}.${name}` !== step || died > 0) return perform();
        died++;
        if (when !== 'before the effect') await perform();
        throw failure('Unavailable', 'the worker died');
      };
      await expectDone(scene);
      expect(died, 'it died there').toBe(1);
    });
  });

  /** The site's own files: what is journaled after an effect may not get there. */
  const SITE_STEPS = STEPS.filter((step) => !/^control|\.(claim|closeClaim)$/.test(step));

  test.each(SITE_STEPS)('after the effect of %s, before its outcome is journaled', async (step) => {
    const [site, name] = step.split('.') as ['a' | 'b', string];
    let died = 0;
    let current = '';
    const scene = await stage.scene({
      plan: UNASKED,
      store: (store, at) =>
        at === site ? dying(store, (entry) => entry.kind === 'outcome' && current === name && died++ === 0) : store,
    });
    scene.around = async (call, perform) => {
      if (call.part === site) current = call.name;
      return perform();
    };
    await expectDone(scene);
    expect(died, 'it died there').toBeGreaterThan(0);
  });

  const OWN_FILES = STEPS.filter((step) => !/^control/.test(step));

  test.each(OWN_FILES)('in %s, between the record and the journal', async (step) => {
    const [site, name] = step.split('.') as ['a' | 'b', string];
    let died = 0;
    let current = '';
    const scene = await stage.scene({
      plan: UNASKED,
      store: (store, at) => (at === site ? tearing(store, () => current === name && died++ === 0) : store),
    });
    scene.around = async (call, perform) => {
      if (call.part === site) current = call.name;
      return perform();
    };
    await expectDone(scene, step);
  });
});

/** A store whose `append` throws before it writes such an entry. */
function dying(store: Store, when: (entry: NewEntry) => boolean): Store {
  return withSession(store, (session) => ({
    ...session,
    async append(...entries) {
      if (entries.some(when)) throw failure('Unavailable', 'the worker died before it journaled');
      await session.append(...entries);
    },
  }));
}

/** A store whose rulings change the record, and whose journal does not hear of it. */
function tearing(store: Store, when: () => boolean): Store {
  return withSession(store, (session) => ({
    ...session,
    async apply(ruling) {
      if ('refused' in ruling || !when()) return session.apply(ruling);
      await session.apply({ record: ruling.record, facts: session.state().facts });
      throw failure('Unavailable', 'the worker died between record and journal');
    },
  }));
}

const withSession = (store: Store, change: (session: Session) => Session): Store => ({
  ...store,
  locked: (work, signal) => store.locked((session) => work(change(session)), signal),
});
