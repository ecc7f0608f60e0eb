import { failure } from '../../activities/failure.ts';
import type { Scene, SceneOptions } from './scene.ts';
import type { Stage } from './stage.ts';

export const QUOTE_ONLY = { approvals: { planned: [], unplanned: [], approvers: [], validFor: 900_000 } } as const;
export const LOST = { mode: 'unplanned', reason: 'a burned down' } as const;

/** Two points in the vault of b, and the source away. */
export async function lost(stage: Stage, options: SceneOptions = { plan: QUOTE_ONLY }): Promise<Scene> {
  const scene = await stage.scene(options);
  for (const item of ['one', 'two']) {
    scene.apps.a.items.set(item, `of ${item}`);
    await scene.synced();
  }
  scene.apps.a.items.set('three', 'never synced');
  scene.around = async ({ part }, perform) => {
    if (part === 'a') throw failure('Refused', 'a is lost');
    return perform();
  };
  return scene;
}
