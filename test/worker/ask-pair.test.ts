import { expect, test } from 'vitest';
import type { PairStatus } from '../../model/status.ts';
import { actingEvidence } from '../../worker/ask-pair.ts';

const status = (role: string) => ({ sites: [{ site: 'b', role, epoch: 4, claim: 6 }] }) as unknown as PairStatus;

test('what the pair saw of a site is evidence only where it saw it act', () => {
  expect(actingEvidence(status('active'), 'b')).toEqual({ role: 'active', epoch: 4, number: 6 });
  expect(actingEvidence(status('promoting'), 'b')).toMatchObject({ role: 'promoting' });
  for (const role of ['standby', 'demoting', 'outdated', 'unknown'])
    expect(actingEvidence(status(role), 'b')).toBeUndefined();
  expect(actingEvidence(status('active'), 'a')).toBeUndefined();
  expect(actingEvidence(null, 'b')).toBeUndefined();
});
