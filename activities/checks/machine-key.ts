import { fresh } from './fresh.ts';

/** Paths under which FME Flow tells the machine key of its licence: REST v4, then v3. */
const PATHS = ['/fmeapiv4/license/machinekey', '/fmerest/v3/licensing/machinekey'];
/** Answers of a server, or of a proxy before it, that does not serve this version. */
const ELSEWHERE: readonly number[] = [404, 405, 410, 501];

export interface KeyQuestion {
  /** Address of an FME Flow, without a path of its API. */
  readonly url: string;
  readonly token: string;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * The machine key of whatever FME Flow answers under an address: which installation it is, since the key belongs to the
 * machine and no restore carries it over. Undefined where nothing of the kind is served. Rejects with what was answered.
 */
export async function machineKeyAt({ url, token, timeout, signal }: KeyQuestion): Promise<string | undefined> {
  const headers = { authorization: `fmetoken token=${token}`, accept: 'application/json' };
  for (const path of PATHS) {
    const { status, body } = await fresh(`${url.replace(/\/+$/, '')}${path}`, { headers, timeout, signal });
    if (ELSEWHERE.includes(status)) continue;
    if (status !== 200) throw new Error(`${url} answered ${status} when asked for its machine key${hint(status)}`);
    const key = keyIn(body);
    if (key !== undefined) return key;
  }
  return undefined;
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
