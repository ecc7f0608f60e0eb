import type { Parts } from './context.ts';
import { type Record_, text } from './fields.ts';
import type { Flow } from './probe.ts';

/** The server's own time zone as REST v3 writes it, e.g. `+0200`: schedules fire by it. Undefined where it is not told. */
export async function serverTimeZone(parts: Parts, flow: Flow, signal: AbortSignal): Promise<string | undefined> {
  if (!flow.serves.v3) return undefined;
  const answer = await parts.http.call('GET', '/fmerest/v3/info', { signal, expect: [200, 401, 403, 404] });
  return answer.status === 200 ? text(answer.json<Record_>(), 'timeZone') : undefined;
}
