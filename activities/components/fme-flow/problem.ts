import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../../../model/failures.ts';
import { failure, failureType } from '../../failure.ts';

/** What an HTTP call to FME Flow came to when it did not succeed; the first detail of the thrown failure. */
export interface HttpProblem {
  /** Absent: no answer came. */
  readonly status?: number;
  /** The server may have done what was asked although no answer says so. */
  readonly uncertain: boolean;
  /** The server's own words, shortened. */
  readonly said: string;
}

const TLS = /CERT|TLS|SSL|SELF_SIGNED|ALTNAME|UNABLE_TO_/;
/** Nothing was sent: the request cannot have had an effect. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The failure for an answer with an unexpected status. `said` is the body, as text. */
export function statusFailure(method: string, url: string, status: number, said: string): ApplicationFailure {
  const words = readable(said);
  const [type, advice] = judge(status, words);
  const problem: HttpProblem = { status, uncertain: status === 502 || status === 503 || status === 504, said: words };
  const quoted = words === '' ? '' : ` "${words}"`;
  return failure(type, `${method} ${url} was answered with ${status}${quoted}: ${advice}`, undefined, problem);
}

function judge(status: number, words: string): [FailureType, string] {
  if (/no (space|room)|disk.*full|not enough space/i.test(words))
    return ['NoSpace', 'the server has no disk space left. Make room on its system share and retry'];
  if (status === 207) return ['Unavailable', 'a part of it failed'];
  if (status >= 300 && status < 400)
    return ['Refused', 'it leads elsewhere. Put the address that it leads to into the configuration'];
  if (status === 401)
    return [
      'Refused',
      'the token is not accepted. It is expired, disabled or of another server; make a new one at this server and renew the secret',
    ];
  if (status === 403) return ['Refused', 'the token has not the right to do this. Use one of an administrator'];
  if (status === 404) return ['Refused', 'there is no such thing on this server'];
  if (status === 413)
    return ['Refused', 'the request is too large for a proxy on the way. Raise its limit for the size of a body'];
  if (status === 507) return ['NoSpace', 'the server has no disk space left. Make room and retry'];
  if (status === 408 || status === 429 || status >= 500)
    return ['Unavailable', 'the server or a proxy before it cannot answer now'];
  return ['Refused', 'the server does not take this request'];
}

/** The failure for a request that got no answer. */
export function networkFailure(method: string, url: string, error: unknown): ApplicationFailure {
  const code = codeOf(error);
  const what = `${method} ${url} got no answer`;
  if (TLS.test(code)) {
    const problem: HttpProblem = { uncertain: false, said: code };
    return failure(
      'Refused',
      `${what}: its certificate is not trusted (${code}). Renew it, or name its authority to this worker with NODE_EXTRA_CA_CERTS`,
      error,
      problem,
    );
  }
  const problem: HttpProblem = { uncertain: !NOT_SENT.has(code), said: code };
  return failure('Unavailable', `${what}: ${code}`, error, problem);
}

function codeOf(error: unknown): string {
  for (let each = error as { code?: unknown; cause?: unknown; name?: string; message?: string } | undefined; each; ) {
    if (typeof each.code === 'string' && each.code !== 'ABORT_ERR') return each.code;
    if (each.cause instanceof Error) each = each.cause as typeof each;
    else return each.name === 'TimeoutError' ? 'it took too long' : (each.message ?? 'unknown error');
  }
  return 'unknown error';
}

/** JSON's `message` if there is one, else the beginning of the text without markup. */
function readable(said: string): string {
  try {
    const parsed = JSON.parse(said) as { message?: unknown };
    if (typeof parsed.message === 'string') return parsed.message.slice(0, 300);
  } catch {
    // A proxy's page, or nothing.
  }
  return said
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

/** What HTTP said, if this failure came from a call. */
export function problemOf(error: unknown): HttpProblem | undefined {
  if (!(error instanceof ApplicationFailure)) return undefined;
  const first = error.details?.[0] as HttpProblem | undefined;
  return first && typeof first.uncertain === 'boolean' ? first : undefined;
}

export const hasStatus = (error: unknown, ...statuses: readonly number[]): boolean =>
  statuses.includes(problemOf(error)?.status ?? -1);

/** The request may have had its effect. */
export const isUncertain = (error: unknown): boolean => problemOf(error)?.uncertain === true;

/** Worth trying again soon: the server did not answer, or could not. */
export const isPassing = (error: unknown): boolean => failureType(error) === 'Unavailable';
