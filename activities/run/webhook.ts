import type { Webhook } from '../../model/config.ts';
import { scrub } from '../config/scrub.ts';
import { resolveEnvironment } from '../config/secrets.ts';
import { failure } from '../failure.ts';
import { secretValues } from './secret-values.ts';

/** An answer is read up to here; a redirect's or a hook's answer is a few words. */
const MOST_BODY = 1024 * 1024;

export interface WebhookOptions {
  readonly signal: AbortSignal;
  /** Sent as JSON where the webhook has no `body` of its own; by default the values. */
  readonly input?: unknown;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly body: string;
}

/** Puts values in the place of `{name}` in every string of a JSON value. An unknown name stays as it is. */
export function fill(template: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof template === 'string')
    return template.replaceAll(/\{([a-z][a-zA-Z]*)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
    );
  if (Array.isArray(template)) return template.map((item) => fill(item, values));
  if (typeof template === 'object' && template !== null)
    return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fill(value, values)]));
  return template;
}

const encoded = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encodeURIComponent(value)]));

/** `z.url` keeps a template as it was written, but a URL parser may have escaped its braces. */
const address = (url: string, values: Readonly<Record<string, string>>): string =>
  String(fill(url.replaceAll('%7B', '{').replaceAll('%7D', '}'), encoded(values)));

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BODY) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST_BODY).toString('utf8');
}

/** The innermost reason of a failed request: `fetch failed` alone helps nobody. */
const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reason(error.cause);
  return ('code' in error && String(error.code)) || error.message;
};

/**
 * Calls a webhook; 2xx is success. `{to}`, `{pair}`, `{site}` in its address and body are replaced. A redirection is not
 * followed: that would turn a POST into a GET. Errors: `Unavailable` (no answer, 408, 425, 429, 5xx), `Refused` (any other);
 * the status is in the details.
 */
export async function callWebhook(
  webhook: Webhook,
  values: Readonly<Record<string, string>>,
  options: WebhookOptions,
): Promise<WebhookAnswer> {
  const headers = await resolveEnvironment(webhook.headers);
  const secrets = secretValues(webhook.headers, headers);
  const url = address(webhook.url, values);
  // Query and user name are where people put what they should not.
  const { origin, pathname } = new URL(url);
  const shown = `${webhook.method} ${origin}${pathname}`;
  const sends = webhook.method !== 'GET';
  const body = webhook.body === undefined ? (options.input ?? values) : fill(webhook.body, values);
  const timeout = AbortSignal.timeout(webhook.timeout);
  try {
    const response = await fetch(url, {
      method: webhook.method,
      headers: {
        accept: 'application/json, text/plain, */*',
        ...(sends ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(sends ? { body: JSON.stringify(body) } : {}),
      redirect: 'manual',
      signal: AbortSignal.any([options.signal, timeout]),
    });
    const text = scrub(await readBody(response), secrets);
    if (response.ok) return { status: response.status, body: text };
    const { status } = response;
    const again = status >= 500 || [408, 425, 429].includes(status);
    const said = text.trim().slice(0, 300);
    throw failure(
      again ? 'Unavailable' : 'Refused',
      `${shown} answered ${status}${said === '' ? '' : `: ${said}`}. Only 2xx counts as done.`,
      undefined,
      { status },
    );
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (timeout.aborted) throw failure('Unavailable', `${shown} did not answer within ${webhook.timeout / 1000} s.`);
    if (error instanceof Error && error.name === 'ApplicationFailure') throw error;
    throw failure('Unavailable', scrub(`${shown} could not be reached: ${reason(error)}.`, secrets));
  }
}
