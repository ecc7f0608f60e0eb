import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createJudge, type Judge } from '../../demo/judge.ts';

const folder = mkdtempSync(join(tmpdir(), 'judge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ledgerOf = (...nonces: string[]): string => {
  const file = join(folder, 'ledger.jsonl');
  const line = (nonce: string) => JSON.stringify({ site: 'dc1', jobId: 1, nonce, result: 'success' });
  writeFileSync(file, nonces.map((nonce) => `${line(nonce)}\n`).join(''));
  return file;
};
const verdict = (judged: (judge: Judge) => void): boolean => {
  const judge = createJudge();
  judged(judge);
  return judge.verdict(() => {});
};

test.each([
  ['nothing was accepted and nothing ran', [], [], false],
  ['nothing was accepted', [], ['a', 'b'], false],
  ['all that was accepted ran', ['a', 'b'], ['a', 'b', 'c'], true],
  ['one was lost', ['a', 'b'], ['a'], false],
  ['one ran twice', ['a'], ['a', 'a'], false],
])('the ledger is judged when %s', (_what, accepted, ran, holds) => {
  expect(verdict((judge) => judge.ledger(ledgerOf(...ran), accepted))).toBe(holds);
});

test.each([
  [['a', 'b'], ['a', 'b'], true],
  [['a'], ['a', 'b'], false],
  [['a', 'b'], ['a'], false],
  [[], [], false],
])('a failover is a trial only where clients wrote and jobs ran: %j, %j', (accepted, ran, holds) => {
  expect(verdict((judge) => judge.busy('a failover', ledgerOf(...ran), accepted))).toBe(holds);
});
