import { afterEach, describe, expect, test } from 'vitest';
import type { Ask } from '../../model/asks.ts';
import { answerRefusal } from '../../model/asks.ts';
import { createSites, type Sites } from './scene.ts';

let sites: Sites | undefined;
afterEach(() => sites?.remove());

const order = (step: string) => ({ claim: 3, operation: 'failover/orders/1/run', step, round: 0 });
const claimed = (scene: Sites) =>
  scene.call('a', 'claim', {
    pair: 'orders',
    round: 0,
    request: { number: 3, operation: order('x').operation, kind: 'failover', towards: 1 },
  });

describe('An address that leads to another installation by now', () => {
  test('changes nothing there: no job is cancelled, however long it was waited for', async () => {
    sites = await createSites();
    await claimed(sites);
    const { a } = sites.apps;
    a.jobs = [{ component: 'app', id: '1', title: 'job 1', request: {} }];
    a.before = (method) => {
      if (method === 'drain') a.identity = 'another machine';
    };
    await expect(sites.call('a', 'freeze', { order: order('freeze'), jobs: 'cancel' })).rejects.toThrow(
      'answers as another machine',
    );
    expect(a.jobs.length).toBe(1);
  });

  test('is not even cleaned', async () => {
    sites = await createSites();
    await claimed(sites);
    sites.apps.a.identity = 'another machine';
    let cleaned = false;
    sites.apps.a.before = (method) => {
      cleaned ||= method === 'clean';
    };
    await expect(sites.call('a', 'clean', { order: order('clean') })).rejects.toThrow('answers as another machine');
    expect(cleaned).toBe(false);
  });
});

test('what outlives its step writes nothing beside the next one', async () => {
  sites = await createSites();
  const { store } = sites.sites.a;
  const late = await store.locked(async (session) => session);
  await expect(late.append({ kind: 'note', text: 'late' })).rejects.toThrow('after it had ended');
  await expect(late.apply(late.state())).rejects.toThrow('after it had ended');
});

test('only an approver asserts that a site cannot act', () => {
  const ask: Ask = {
    ...{ id: 'demote-1', step: 'demote', title: '', choices: ['confirmed'] },
    facts: [],
    openedAt: '',
  };
  const answer = { ask: ask.id, choice: 'confirmed', who: 'Mallory', why: 'x' } as const;
  expect(answerRefusal(ask, answer, ['Ada'])).toContain('not on the list of approvers');
  expect(answerRefusal(ask, { ...answer, who: 'Ada' }, ['Ada'])).toBe(undefined);
  expect(answerRefusal(ask, answer, [])).toBe(undefined);
});
