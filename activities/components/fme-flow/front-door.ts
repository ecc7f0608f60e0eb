import { request } from 'undici';
import { failure } from '../../failure.ts';
import type { Parts } from './context.ts';

/** A client's writes: a job by either version of the API, and by the job submitter that web pages link to. */
const WRITES: readonly { readonly path: string; readonly body: unknown }[] = [
  {
    path: '/fmerest/v3/transformations/submit/understudy-proof/understudy-proof.fmw',
    body: { publishedParameters: [] },
  },
  { path: '/fmeapiv4/jobs', body: { repository: 'understudy-proof', workspace: 'understudy-proof.fmw' } },
  { path: '/fmejobsubmitter/understudy-proof/understudy-proof.fmw', body: {} },
];
/** A front door that is closed says so with one of these; the application itself never does to a job. */
const CLOSED = [403, 407, 421, 423, 429, 451, 502, 503, 504];
const LIMIT = 15_000;

/**
 * Tries a client's write through the clients' address. It names a workspace that does not exist, so that it can do no
 * harm where it does get through. Any answer of the application itself, even a refusal of the workspace, shows that the
 * door is open: fails with `NotYet`. Returns what each attempt was answered with.
 */
export async function proveClosed(parts: Parts, signal: AbortSignal): Promise<readonly string[]> {
  const base = parts.context.clients.replace(/\/+$/, '');
  const token = await parts.context.resolve(parts.settings.token);
  const seen: string[] = [];
  for (const { path, body } of WRITES) {
    const answer = await attempt(`${base}${path}`, token, body, signal);
    seen.push(`${path.split('/').slice(0, 3).join('/')}: ${answer.says}`);
    if (!answer.refused)
      throw failure(
        'NotYet',
        `a client's write through ${base} still gets through to the application (${path} was answered with ${answer.says}). ` +
          'Does freeze.frontDoor close this address, and all its paths?',
      );
  }
  return seen;
}

async function attempt(url: string, token: string, body: unknown, signal: AbortSignal) {
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { authorization: `fmetoken token=${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT)]),
    });
    await response.body.dump();
    return { refused: CLOSED.includes(response.statusCode), says: `status ${response.statusCode}` };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { code, name } = error as NodeJS.ErrnoException;
    const says = code ?? name;
    // No answer in time is no refusal: the write may have been taken.
    return { refused: code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'UND_ERR_SOCKET', says };
  }
}
