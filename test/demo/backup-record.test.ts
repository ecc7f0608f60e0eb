import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lastBackupBegan } from '../../demo/backup-record.ts';

const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;

it('the start of the last backup is read from the tasks of the application itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-tasks-'));
  const task = { type: 'EXPORT', contentType: 'SYSTEM', state: 'success' };
  const tasks = [
    { ...task, id: 1, started: at(1) },
    { ...task, id: 2, started: at(10) },
    { ...task, id: 3, started: at(20), type: 'IMPORT' },
    { ...task, id: 4, started: at(30), state: 'failed' },
    { ...task, id: 5, started: at(40), contentType: 'PROJECT' },
  ];
  await writeFile(join(folder, 'tasks.json'), JSON.stringify(tasks));
  expect(await lastBackupBegan(folder)).toBe(Date.parse(at(10)));
  await writeFile(join(folder, 'tasks.json'), '[]');
  expect(await lastBackupBegan(folder), 'nothing is near to it').toBeNaN();
});
