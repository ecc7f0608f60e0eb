import { fresh } from './fresh.ts';

/** Paths under which FME Flow tells the machine key of its licence: REST v4, then v3. */
const PATHS = ['/fmeapiv4/license/machinekey', '/fmerest/v3/licensing/machinekey'];
/** Answers of a server, or of a proxy before it, that does not serve this version. */
const ELSEWHERE: readonly number[] = [404, 405, 410, 501];

export interface KeyQuestion {
  /** Address of an FME Flow, with the path of a page of it or of a proxy, or without one. */
  readonly url: string;
  readonly token: string;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * The machine key of whatever FME Flow answers under an address: which installation it is, since the key belongs to the
 * machine and no restore carries it over. It is asked under the address, then at its origin. Undefined where nothing of the
 * kind is served. Rejects with what was answered.
 */
export async function machineKeyAt({ url, token, timeout, signal }: KeyQuestion): Promise<string | undefined> {
  const headers = { authorization: `fmetoken token=${token}`, accept: 'application/json' };
  const { origin } = new URL(url);
  for (const base of bases(url, origin))
    for (const path of PATHS) {
      const { status, body } = await fresh(`${base}${path}`, { headers, timeout, signal });
      if (ELSEWHERE.includes(status)) continue;
      // A page sends whoever is not logged in elsewhere; what refuses the token is an API, and may be the other site's.
      if (status >= 300 && status < 400 && base !== origin) continue;
      if (status !== 200) throw new Error(`${base} answered ${status} when asked for its machine key${hint(status)}`);
      const key = keyIn(body);
      if (key !== undefined) return key;
    }
  return undefined;
}

/** A proxy may serve all of an FME Flow under a path; otherwise a path is that of a page, and the API is at the origin. */
function bases(url: string, origin: string): readonly string[] {
  const [base] = url.split(/[?#]/) as [string];
  return [...new Set([base.replace(/\/+$/, ''), origin])];
}

const hint = (status: number): string =>
  status === 401 || status === 403
    ? ': the token is not accepted there. That is another site, or a token that is not in use any more'
    : '';

function keyIn(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && 'machineKey' in value && typeof value.machineKey === 'string')
      return value.machineKey === '' ? undefined : value.machineKey;
  } catch {
    // A page of something else.
  }
  return undefined;
}
