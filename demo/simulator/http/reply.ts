import type { Readable } from 'node:stream';

/** What a handler answers; the server writes it, or a fault keeps it back. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: Body;
  /** Called when the answer was sent or given up. */
  after?: () => Promise<void> | void;
}

export type Body =
  | { kind: 'json'; value: unknown }
  | { kind: 'text'; text: string; type: string }
  | { kind: 'bytes'; stream: () => Readable; size: number | undefined; type: string };

/** An answer that is not a success, with the message the product's API gives. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;
  readonly details: unknown;
  constructor(status: number, message: string, details?: unknown) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

export function json(status: number, value: unknown, headers?: Record<string, string>): Reply {
  return { status, body: { kind: 'json', value }, ...(headers === undefined ? {} : { headers }) };
}

export function empty(status = 204): Reply {
  return { status };
}

export function text(status: number, content: string, type = 'text/plain; charset=utf-8'): Reply {
  return { status, body: { kind: 'text', text: content, type } };
}
