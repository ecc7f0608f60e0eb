import { expect } from 'vitest';
import { acting } from '../../model/record.ts';
import type { Scene } from './scene.ts';

/** What was enabled at the active before anything was done to it. */
export const ENABLED = ['hourly', 'nightly'];

/**
 * What must hold whenever a run has ended well: one site acts, and it acts as the other one did before; nothing is pending,
 * frozen or claimed any more; clients are led to it.
 */
export async function expectServing(scene: Scene, active: 'a' | 'b', items: Record<string, string>): Promise<void> {
  const other = active === 'a' ? 'b' : 'a';
  const records = { a: await scene.record('a'), b: await scene.record('b') };
  expect([records[active].role, acting(records[other].role)], 'exactly one site acts').toEqual(['active', false]);
  expect([records.a.claim.closed, records.b.claim.closed], 'no claim is open').toEqual([true, true]);
  const facts = await scene.facts(active);
  expect({ pending: facts.pending, freeze: facts.freeze, tasks: facts.tasks }, 'nothing is pending').toEqual({
    ...{ pending: null, freeze: null, tasks: [] },
  });
  const app = scene.apps[active];
  expect([...app.enabled].sort(), 'exactly what was enabled before is enabled').toEqual(ENABLED);
  expect([...scene.apps[other].enabled], 'nothing acts by itself at the other site').toEqual([]);
  expect([app.executing, scene.apps[other].executing], 'the executing part runs at one site').toEqual([true, false]);
  expect(Object.fromEntries(app.items), 'the data is there').toMatchObject(items);
  expect(scene.door.leadsTo, 'clients are led to the active').toBe(active);
}

/** How often the application at this site was told to do something. */
export const times = (scene: Scene, site: 'a' | 'b', what: string): number =>
  scene.apps[site].log.filter((line) => line === what || line.startsWith(`${what} `)).length;

/** The steps of one journal, in order, as `kind step`. */
export async function steps(scene: Scene, site: 'a' | 'b', kind: 'intent' | 'outcome' | 'failure'): Promise<string[]> {
  return (await scene.journal(site)).flatMap((entry) =>
    entry.kind === kind && 'order' in entry ? [entry.order.step] : [],
  );
}

/** Something that a test waits for, or lets others wait for. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
