import { failure } from '../../activities/failure.ts';
import type { Around } from './scene.ts';

/** Refuses this activity for good until `mended` is called. */
export function refusing(activity: string, mended = { is: false }): { around: Around; mend(): void } {
  return {
    around: async ({ part, name }, perform) => {
      if (`${part}.${name}` === activity && !mended.is) throw failure('Refused', 'the licence expired');
      return perform();
    },
    mend() {
      mended.is = true;
    },
  };
}
