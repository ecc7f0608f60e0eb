import { expect } from 'vitest';
import type { PairStatus } from '../../model/status.ts';
import { gate } from './promises.ts';
import type { Running } from './running.ts';
import type { Scene } from './scene.ts';

export const ID = 'pair/orders';

/** The pair's own words, once it has looked. */
export const told = async (pair: Running<unknown>): Promise<PairStatus> => {
  await expect.poll(() => pair.handle.query<PairStatus | null>('status')).not.toBeNull();
  return pair.handle.query<PairStatus>('status');
};
export const startPair = (scene: Scene, input: object = { pair: 'orders' }): Promise<Running<unknown>> =>
  scene.run('pair', ID, input);
export const state = async (pair: Running<unknown>): Promise<string> => (await told(pair)).state;

/** Site a is in a step that holds its lock when it is told of a pause, until it is let go. */
export function busyWithAPause(scene: Scene): ReturnType<typeof gate> {
  const busy = gate();
  scene.around = async ({ part, name }, perform) => {
    if (`${part}.${name}` === 'a.setPaused') await busy.opened;
    return perform();
  };
  return busy;
}
