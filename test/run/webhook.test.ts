import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import { runAction } from '../../activities/run/action.ts';
import { callWebhook } from '../../activities/run/webhook.ts';
import type { Webhook } from '../../model/config.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}
const seen: Seen[] = [];
let server: Server;
let base: string;
let answer: { status: number; body: string; headers?: Record<string, string> } | 'nothing';

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    if (answer === 'nothing') return;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen.length = 0;
  answer = { status: 200, body: '{"leadsTo":"dc2"}' };
});

const hook = (more: Partial<Webhook> = {}): Webhook => ({
  url: `${base}/lb`,
  method: 'POST',
  timeout: 10_000,
  ...more,
});
const options = () => ({ signal: new AbortController().signal });
const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );

test('the body is JSON in which {to}, {pair} and {site} are replaced, nothing else', async () => {
  const body = { backend: '{to}', note: 'pair {pair}, {other}', list: [{ at: '{site}' }], count: 2 };
  const result = await callWebhook(hook({ body }), { to: 'dc2', pair: 'fme', site: 'dc1' }, options());
  expect(result).toEqual({ status: 200, body: '{"leadsTo":"dc2"}' });
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
    backend: 'dc2',
    note: 'pair fme, {other}',
    list: [{ at: 'dc1' }],
    count: 2,
  });
  expect(seen[0]?.headers['content-type']).toBe('application/json');
});

test('the address may name the site too, encoded', async () => {
  await callWebhook(hook({ url: `${base}/lb/{to}`, method: 'PUT' }), { to: 'a/b' }, options());
  expect(seen[0]).toMatchObject({ method: 'PUT', url: '/lb/a%2Fb' });
});

test('a GET has no body', async () => {
  await callWebhook(hook({ method: 'GET' }), {}, options());
  expect(seen[0]).toMatchObject({ method: 'GET', body: '' });
});

test('a secret in a header is sent, and no error repeats it', async () => {
  process.env.TEST_WEBHOOK_TOKEN = 'Bearer t0ps3cret';
  answer = { status: 403, body: 'no rights for Bearer t0ps3cret' };
  const error = await failed(
    callWebhook(hook({ headers: { authorization: { env: 'TEST_WEBHOOK_TOKEN' } } }), {}, options()),
  );
  expect(seen[0]?.headers.authorization).toBe('Bearer t0ps3cret');
  expect(error.message).toContain('403');
  expect(error.message).not.toContain('t0ps3cret');
});

test.each([
  [500, 'Unavailable'],
  [429, 'Unavailable'],
  [404, 'Refused'],
  [302, 'Refused'],
])('an answer %i is %s', async (status, type) => {
  answer = { status, body: 'because', headers: { location: '/elsewhere' } };
  const error = await failed(callWebhook(hook(), {}, options()));
  expect(failureType(error)).toBe(type);
  expect(error.message).toMatch(/\/lb answered \d+: because/);
  expect(seen).toHaveLength(1);
});

test('a query, where a secret may be, is not repeated in an error', async () => {
  answer = { status: 500, body: '' };
  const error = await failed(callWebhook(hook({ url: `${base}/lb?key=t0ps3cret` }), {}, options()));
  expect(error.message).not.toContain('t0ps3cret');
});

test('nobody listening is Unavailable, and says why', async () => {
  const error = await failed(callWebhook(hook({ url: 'http://127.0.0.1:1/' }), {}, options()));
  expect(failureType(error)).toBe('Unavailable');
  expect(error.message).toMatch(/ECONNREFUSED|bad port/);
});

test('no answer in time is Unavailable', async () => {
  answer = 'nothing';
  const error = await failed(callWebhook(hook({ timeout: 300 }), {}, options()));
  expect(failureType(error)).toBe('Unavailable');
  expect(error.message).toContain('0.3 s');
});

test('a cancelled call passes its reason on', async () => {
  answer = 'nothing';
  const cancel = new AbortController();
  const call = failed(callWebhook(hook(), {}, { signal: cancel.signal }));
  await expect.poll(() => seen.length).toBe(1);
  const reason = new Error('displaced');
  cancel.abort(reason);
  expect(await call).toBe(reason);
});

test('an action is either of both, with the same request', async () => {
  const request = { to: 'dc2', step: { id: 'redirect' } };
  const command = { command: [process.execPath, '-e', 'process.stdin.pipe(process.stdout)'], timeout: 30_000 };
  expect(JSON.parse((await runAction(command, request, options())).said)).toEqual(request);
  expect(await runAction(hook(), request, options())).toEqual({ said: '{"leadsTo":"dc2"}' });
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual(request);
});
