import type { Projection } from '../../../model/inventory.ts';
import { openContents } from './contents.ts';
import { createProjection } from './projection.ts';
import { walk } from './walk.ts';

/** The inventory of a tree. `cache`: where digests of contents are remembered from one reading to the next. */
export async function inventoryOf(root: string, cache: string, signal: AbortSignal): Promise<Projection> {
  const contents = await openContents(cache);
  try {
    const projection = createProjection();
    for await (const item of walk(root, signal, contents)) projection.add(item);
    await contents.finish();
    return projection.finish();
  } catch (error) {
    await contents.discard();
    throw error;
  }
}
