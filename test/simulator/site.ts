import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { SettingsInput } from '../../demo/simulator/settings.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../demo/simulator/simulator.ts';

export const TOKEN = 'secret-of-the-test';

/** Builds on the three sides of the changes of the API: only v3 for most, both, only v4. */
export const OLD = 23166;
export const BOTH = 25606;
export const NEW = 26100;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes.
  json: any;
}

export interface CallOptions {
  token?: string | null;
  json?: unknown;
  form?: Record<string, string>;
  bytes?: Buffer | string;
  multipart?: FormData;
  headers?: Record<string, string>;
}

/** A site in this process and a way to call it. */
export interface TestSite extends Simulator {
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Downloads bytes. */
  bytes(method: string, path: string, options?: CallOptions): Promise<Buffer>;
  folder: string;
}

const folders: string[] = [];
const sites: Simulator[] = [];

/** A scratch folder that is gone after the tests of the file. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-test-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const site of sites) await site.kill();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Starts a site in this process, with a token of an administrator. */
export async function startSite(
  options: Partial<SimulatorOptions> & { settings?: SettingsInput } = {},
): Promise<TestSite> {
  const state = options.state ?? scratch();
  const settings: SettingsInput = { tokens: [{ name: 'test', token: TOKEN }], ...options.settings };
  const simulator = await createSimulator({ site: 'north', ...options, state, settings });
  sites.push(simulator);
  return Object.assign(Object.create(simulator) as Simulator, {
    folder: state,
    call: (method: string, path: string, call?: CallOptions) => callUrl(simulator.url, method, path, call),
    async bytes(method: string, path: string, call: CallOptions = {}) {
      const response = await request(simulator.url, method, path, call);
      if (response.status !== 200) throw new Error(`${method} ${path} answered ${response.status}`);
      return Buffer.from(await response.arrayBuffer());
    },
  });
}

function request(url: string, method: string, path: string, options: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { ...options.headers };
  const token = options.token === undefined ? TOKEN : options.token;
  if (token !== null && headers.authorization === undefined) headers.authorization = `fmetoken token=${token}`;
  let body: NonNullable<RequestInit['body']> | undefined;
  if (options.json !== undefined) {
    headers['content-type'] ??= 'application/json';
    body = JSON.stringify(options.json);
  } else if (options.form !== undefined) {
    body = new URLSearchParams(options.form);
  } else if (options.bytes !== undefined) {
    headers['content-type'] ??= 'application/octet-stream';
    body = typeof options.bytes === 'string' ? options.bytes : new Uint8Array(options.bytes);
  } else if (options.multipart !== undefined) {
    body = options.multipart;
  }
  return fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
}

/** Calls any address. */
export async function callUrl(url: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const response = await request(url, method, path, options);
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** Looks until something is there. */
export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as T;
    if (Date.now() > deadline) throw new Error(`Waited too long for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits for the end of a migration task and gives its v3 or v4 record. */
export function taskEnd(site: TestSite, id: number, version: 'v3' | 'v4' = 'v3') {
  const path = version === 'v3' ? `/fmerest/v3/migration/tasks/id/${id}` : `/fmeapiv4/migrations/tasks/${id}`;
  return until(`task ${id}`, async () => {
    const { json } = await site.call('GET', path);
    return json.finishedDate === undefined ? undefined : json;
  });
}

/** Publishes a workspace by REST v3. */
export async function publish(site: TestSite, repository: string, ...workspaces: string[]): Promise<void> {
  await site.call('POST', '/fmerest/v3/repositories', { form: { name: repository } });
  for (const name of workspaces) {
    const headers = { 'content-disposition': `attachment; filename="${name}"` };
    const path = `/fmerest/v3/repositories/${repository}/items`;
    const { status } = await site.call('POST', path, { bytes: `workspace ${name}`, headers });
    if (status !== 201) throw new Error(`Publishing ${name} answered ${status}.`);
  }
}

/** A schedule of a workspace in Samples, which a fresh site has. */
export function schedule(name: string, fields: Record<string, unknown> = {}) {
  return { category: 'Tests', name, repository: 'Samples', workspace: 'austinApartments.fmw', ...fields };
}

/** Takes a backup by v3 download. */
export function takeBackup(site: TestSite): Promise<Buffer> {
  return site.bytes('POST', '/fmerest/v3/migration/backup/download', { form: { exportPackageName: 'p.fsconfig' } });
}

/** Restores by v3 upload, which answers at the end, and gives the task. */
export async function restore(site: TestSite, bytes: Buffer, mode: 'UPDATE' | 'INSERT' = 'UPDATE') {
  const { status, json } = await site.call('POST', `/fmerest/v3/migration/restore/upload?importMode=${mode}`, {
    bytes,
  });
  if (status !== 200) throw new Error(`The restore answered ${status}: ${JSON.stringify(json)}`);
  return taskEnd(site, json.id);
}
