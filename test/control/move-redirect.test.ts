import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { type ControlDeps, createControlActivities } from '../../activities/control/activities.ts';
import type { LeadsTo, Redirect } from '../../activities/redirects/redirect.ts';
import type { Plan } from '../../model/plan.ts';

/** Moves clients to dc2 by a redirect that then reads back this. */
function moved(reads: LeadsTo, more: Partial<Redirect> = {}): Promise<unknown> {
  const door: Redirect = {
    kind: 'command',
    name: 'door',
    readsBack: true,
    read: async () => reads,
    move: async () => 'moved',
    check: async () => [],
    ...more,
  };
  const deps = { plan: { pair: 'orders' } as Plan, redirects: { door } } as unknown as ControlDeps;
  const { moveRedirect } = createControlActivities(deps);
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(moveRedirect, {
    pair: 'orders',
    name: 'door',
    to: 'dc2',
  });
}

test('clients count as moved when what is read back names the new site', async () => {
  expect(await moved('dc2')).toEqual({ moved: true });
});

test.each([
  ['the old site', 'dc1', 'door was moved to dc2, and still leads to dc1'],
  ['a third place', 'dc3', 'door was moved to dc2, and still leads to dc3'],
  ['no site', 'unknown', 'door was moved to dc2, and what it reads back names no site'],
])('not when it names %s', async (_what, reads, says) => {
  await expect(moved(reads)).rejects.toMatchObject({ type: 'NotYet', message: says });
});

test('where it cannot be read back, the client checks have to tell', async () => {
  expect(await moved('unknown', { readsBack: false })).toEqual({ moved: true });
});

test('by hand: the run is told what a person has to do', async () => {
  const byHand = { readsBack: false, move: async () => ({ ask: 'point it to dc2' }) };
  expect(await moved('unknown', byHand)).toEqual({ moved: false, ask: 'point it to dc2' });
});
