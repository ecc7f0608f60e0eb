import { expect, test } from 'vitest';
import { understudy } from './fake-terminal.ts';

test('start-alone without a reason is refused before anything is looked at', async () => {
  const ended = await understudy(['start-alone', '--site', 'dc1', '--why', ' ', '--config', 'nowhere.yaml']);
  expect(ended).toMatchObject({ code: 2, err: expect.stringContaining('why? Say it with --why') });
});
