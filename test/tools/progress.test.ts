import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createProgress, elapsed } from '../../tools/progress.ts';

test('progress is whole lines with a name, the time that passed and what is known, until it ends', async () => {
  const said: string[] = [];
  const progress = createProgress('Temporal CLI', 'building with Go', (line) => said.push(line), 5);
  progress.note('12 packages compiled');
  while (said.length < 2) await sleep(5);
  progress.end();
  expect(said.slice(0, 2)).toEqual([
    'Temporal CLI: building with Go …',
    expect.stringMatching(/^Temporal CLI: 0:\d\d, 12 packages compiled$/),
  ]);
  const lines = said.length;
  await sleep(30);
  expect(said.length).toBe(lines);
});

test('time is shown in minutes and seconds', () => {
  expect([0, 9_499, 65_000, 600_000].map(elapsed)).toEqual(['0:00', '0:09', '1:05', '10:00']);
});
