import { expect, test } from 'vitest';
import { useStage } from './stage.ts';

const stage = useStage();

/** Waits for real: the clock of the test server stands still while an activity waits for its worker. */
test('A source whose worker does not run is asked about, and the failover goes on without it', {
  timeout: 180_000,
}, async () => {
  const scene = await stage.scene({
    plan: { approvals: { planned: [], unplanned: [], approvers: [], validFor: 900_000 } },
  });
  scene.apps.a.items.set('one', '1');
  await scene.synced();
  await stage.lose('a');
  const run = await scene.failover();
  const blocked = await run.asks('observe');
  expect(blocked.title).toContain(
    'no worker took observe at a: the worker there does not run, or does not reach Temporal',
  );
  await run.send(blocked.id, 'without-source');
  const quote = await run.asks('start');
  expect(quote.facts).toContain('a does not answer');
  await run.send(quote.id, 'approve');
  await run.answer('confirmed', { step: 'demote' });
  expect(await run.result()).toMatchObject({
    ...{ outcome: 'committed', mode: 'planned', point: 'e1.s1', state: 'UNPROTECTED' },
    verdict: { result: 'asserted', who: 'Ada' },
  });
  expect((await scene.record('b')).role).toBe('active');
  expect(scene.door.leadsTo).toBe('b');
});
