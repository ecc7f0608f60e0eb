import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { failure } from '../../failure.ts';
import { isUncertain, networkFailure, statusFailure } from './problem.ts';

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A body that is sent as it comes, never held whole. */
export interface StreamBody {
  readonly stream: Readable | AsyncIterable<Buffer>;
  readonly bytes: number;
  readonly type: string;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly query?: Query;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: StreamBody;
  readonly headers?: Readonly<Record<string, string>>;
  readonly accept?: string;
  /** Statuses that are success. */
  readonly expect?: readonly number[];
  /** The server holds the request open while it works: no limit but the caller's own. */
  readonly long?: boolean;
  /** Safe to send twice, although it is a POST or PATCH. */
  readonly repeatable?: boolean;
  /** Without the token, as a client that is not known. */
  readonly anonymous?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The server's clock as it answered, where it tells. */
  readonly date?: string;
  /** The body as JSON; throws `Unavailable` if it is none. */
  json<T>(): T;
}

export interface Download {
  readonly stream: Readable;
  readonly bytes?: number;
  readonly type: string;
}

export interface FlowHttp {
  readonly url: string;
  call(method: string, path: string, options: CallOptions): Promise<Answer>;
  /** The body as a stream; whoever asks must read it or destroy it. */
  download(method: string, path: string, options: CallOptions): Promise<Download>;
}

/** An ordinary request; longer ones say so. */
const REQUEST = 30_000;
/** A download that brings no byte for this long is taken for dead. */
const SILENCE = 15 * 60_000;
/** A request that may be repeated is sent this often: an idle connection may be closed under it. */
const TRIES = 3;
const IDEMPOTENT = ['GET', 'PUT', 'DELETE'];

/**
 * HTTP to one FME Flow, with its token. Long requests have no time limit of their own: a server holds a backup's open for
 * its whole length, and the client's default limit of five minutes would cut it. TLS is verified. Failures are `Refused`
 * (4xx, certificate), `Unavailable` (5xx, no answer) or `NoSpace`, with an `HttpProblem` as first detail.
 */
export function createHttp(input: {
  readonly url: string;
  readonly token: () => Promise<string>;
  /** Milliseconds for an ordinary request. */
  readonly limit?: number;
}): FlowHttp {
  const base = input.url.replace(/\/+$/, '');
  const limit = input.limit ?? REQUEST;
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: SILENCE, connect: { timeout: 10_000 } });
  let token: Promise<string> | undefined;

  const authorization = async (renew: boolean): Promise<string> => {
    if (renew) token = undefined;
    token ??= input.token();
    try {
      return `fmetoken token=${await token}`;
    } catch (error) {
      token = undefined;
      throw error;
    }
  };

  async function once(
    method: string,
    path: string,
    options: CallOptions,
    signal: AbortSignal,
    renew: boolean,
  ): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = { accept: options.accept ?? 'application/json', ...options.headers };
    if (!options.anonymous) headers.authorization = await authorization(renew);
    const body = bodyOf(options, headers);
    return request(`${base}${path}${queryOf(options.query)}`, {
      method: method as Dispatcher.HttpMethod,
      headers,
      signal,
      dispatcher,
      ...(body === undefined ? {} : { body }),
    });
  }

  async function send(method: string, path: string, options: CallOptions, signal: AbortSignal) {
    const expected = options.expect ?? [200, 201, 202, 204];
    const repeatable = options.body === undefined && (options.repeatable ?? IDEMPOTENT.includes(method));
    const tries = repeatable ? TRIES : 1;
    for (let attempt = 1; ; attempt++) {
      try {
        let response = await once(method, path, options, signal, false);
        // The secret may have been renewed while this process kept the old one; a stream cannot be sent twice.
        if (response.statusCode === 401 && !options.anonymous && options.body === undefined) {
          const before = await token;
          await response.body.dump();
          token = undefined;
          await authorization(true);
          if (before === (await token)) throw statusFailure(method, `${base}${path}`, 401, '');
          response = await once(method, path, options, signal, false);
        }
        if (expected.includes(response.statusCode)) return response;
        const said = await response.body.text().catch(() => '');
        throw statusFailure(method, `${base}${path}`, response.statusCode, said);
      } catch (error) {
        const problem = asFailure(method, path, error, options.signal);
        if (attempt >= tries || !isUncertain(problem)) throw problem;
        await delay(100 * attempt, undefined, { signal: options.signal });
      }
    }
  }

  function asFailure(method: string, path: string, error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof Error && error.name === 'ApplicationFailure') return error;
    return networkFailure(method, `${base}${path}`, error);
  }

  return {
    url: base,
    async call(method, path, options) {
      const signal = options.long ? options.signal : AbortSignal.any([options.signal, AbortSignal.timeout(limit)]);
      const response = await send(method, path, options, signal);
      let text: string;
      try {
        text = await response.body.text();
      } catch (error) {
        throw asFailure(method, path, error, options.signal);
      }
      return {
        status: response.statusCode,
        text,
        ...(typeof response.headers.date === 'string' ? { date: response.headers.date } : {}),
        json<T>() {
          try {
            return JSON.parse(text) as T;
          } catch (error) {
            throw failure(
              'Unavailable',
              `${method} ${base}${path} was answered with something that is not JSON. Does a proxy answer in its place?`,
              error,
            );
          }
        },
      };
    },
    async download(method, path, options) {
      const response = await send(method, path, { ...options, long: true }, options.signal);
      const length = response.headers['content-length'];
      return {
        stream: response.body as unknown as Readable,
        type: String(response.headers['content-type'] ?? ''),
        ...(typeof length === 'string' ? { bytes: Number(length) } : {}),
      };
    },
  };
}

function bodyOf(options: CallOptions, headers: Record<string, string>) {
  if (options.json !== undefined) {
    headers['content-type'] = 'application/json';
    return JSON.stringify(options.json);
  }
  if (options.form !== undefined) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
    return new URLSearchParams(options.form).toString();
  }
  if (options.body !== undefined) {
    headers['content-type'] = options.body.type;
    headers['content-length'] = String(options.body.bytes);
    return options.body.stream as Readable;
  }
  return undefined;
}

function queryOf(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, String(each));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** A path of parts, each escaped; never with a slash at its end, which newer servers answer with 404. */
export const pathOf = (base: string, ...parts: readonly string[]): string =>
  [base, ...parts.map((part) => encodeURIComponent(part))].join('/');

/** A path inside a shared resource: its own slashes stay. */
export const innerPath = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => encodeURIComponent(part))
    .join('/');
