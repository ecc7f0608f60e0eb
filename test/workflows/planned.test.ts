import { expect, test } from 'vitest';
import { expectServing, times } from './promises.ts';
import { useStage } from './stage.ts';

const stage = useStage();

test('A planned failover asks twice, loses nothing and leaves one active site', async () => {
  const scene = await stage.scene();
  scene.apps.a.items.set('one', '1');
  await scene.synced();
  const run = await scene.failover();
  await run.answer('approve', { step: 'start' });
  await run.answer('approve', { step: 'cutover' });
  const result = await run.result();
  expect(result).toMatchObject({ outcome: 'committed', rpo: 0 });
  await expectServing(scene, 'b', { one: '1' });
  expect(times(scene, 'b', 'release')).toBe(1);
});
