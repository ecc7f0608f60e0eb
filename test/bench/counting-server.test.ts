import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CountingServer, startCountingServer } from '../../bench/counting-server.ts';

describe('a server between two sites that counts what is read', () => {
  let folder: string;
  let server: CountingServer;
  let restic: (...args: string[]) => Promise<string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'understudy-counted-'));
    server = await startCountingServer(folder);
    const program = inject('restic');
    restic = async (...args) => {
      const env = { ...process.env, RESTIC_PASSWORD: 'of this test', RESTIC_CACHE_DIR: join(folder, 'cache') };
      return (await promisify(execFile)(program, ['--no-cache', ...args], { env })).stdout;
    };
    await restic('-r', join(folder, 'vault'), 'init');
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('lets restic read a repository, and counts all of its content', async () => {
    const file = join(folder, 'content');
    const content = randomBytes(300_000);
    await writeFile(file, content);
    await restic('-r', join(folder, 'vault'), 'backup', '-q', file);
    const before = server.bytes();
    const read = await restic('-r', server.repository('vault'), '--no-lock', 'stats', '--mode=raw-data', '--json');
    const toList = server.bytes() - before;
    expect(JSON.parse(read).total_size).toBeGreaterThan(content.length);
    await restic('-r', server.repository('vault'), '--no-lock', 'restore', 'latest', '--target', join(folder, 'out'));
    const moved = server.bytes() - before - toList;
    expect(moved).toBeGreaterThan(content.length);
    expect(moved).toBeLessThan(content.length + 100_000);
  });

  it('writes nothing: a reader of another site cannot change the repository', async () => {
    const url = server.repository('vault').replace(/^rest:/, '');
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await fetch(`${url}locks/${'0'.repeat(64)}`, { method })).status).toBe(403);
  });

  it('gives nothing out that is outside of its folder', async () => {
    const url = server.repository('vault').replace(/^rest:/, '');
    for (const path of ['..%2f..%2fetc/passwd', '%2e%2e/%2e%2e/etc/passwd', 'absent'])
      expect((await fetch(`${url}${path}`)).status).toBe(404);
  });
});
