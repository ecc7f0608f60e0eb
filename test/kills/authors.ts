import { commandService } from '../../demo/simulator/machine/command.ts';

/** What authors, administrators and clients do at an FME Flow, by REST v3, which all builds of the tests have. */
export interface Authors {
  /** Starts the engines of a new site, and publishes workspaces and schedules: two that fire, one that does not. */
  publish(machine: string): Promise<void>;
  /** A client's write, which takes `duration` milliseconds. True once it was accepted. */
  submit(nonce: string, duration?: number): Promise<boolean>;
  machineKey(): Promise<string>;
}

const BASE = '/fmerest/v3';
const WORKSPACES = ['write.fmw', 'smoke.fmw', 'nightly.fmw'];
const SCHEDULES = [
  { name: 'every-second', interval: 1, enabled: true },
  { name: 'every-minute', interval: 60, enabled: true },
  { name: 'retired', interval: 1, enabled: false },
];
/** What acts by itself then: what an installation brings along, and what the authors enabled. */
export const ENABLED = [
  'schedules Dashboards/DashboardStatisticsGathering',
  ...SCHEDULES.filter(({ enabled }) => enabled).map(({ name }) => `schedules orders/${name}`),
].sort();

const LIMIT_MS = 10_000;

export function authorsAt(url: string, token: string): Authors {
  const call = (path: string, { headers, ...init }: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${BASE}${path}`, {
      ...init,
      headers: { authorization: `fmetoken token=${token}`, ...(headers as Record<string, string>) },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
  const must = async (what: string, path: string, init?: RequestInit): Promise<Response> => {
    const answer = await call(path, init);
    if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  return {
    async publish(machine) {
      await commandService(machine, 'start', 'engines');
      await must('create the repository', '/repositories', {
        method: 'POST',
        body: new URLSearchParams({ name: 'Orders' }),
      });
      for (const workspace of WORKSPACES)
        await must(`publish ${workspace}`, '/repositories/Orders/items', file(workspace));
      for (const schedule of SCHEDULES) {
        const what = { category: 'orders', repository: 'Orders', workspace: 'nightly.fmw' };
        const when = { intervalUnit: 'seconds', begin: new Date().toISOString() };
        await must(`schedule ${schedule.name}`, '/schedules', json({ ...what, ...when, ...schedule }));
      }
    },
    async submit(nonce, duration) {
      const given = { WRITE: nonce, NONCE: nonce, ...(duration ? { DURATION_MS: `${duration}` } : {}) };
      const publishedParameters = Object.entries(given).map(([name, value]) => ({ name, value }));
      try {
        return (await call('/transformations/submit/Orders/write.fmw', json({ publishedParameters }))).ok;
      } catch {
        return false;
      }
    },
    async machineKey() {
      const answer = await must('read the machine key', '/licensing/machinekey');
      return ((await answer.json()) as { machineKey: string }).machineKey;
    },
  };
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

function file(workspace: string): RequestInit {
  const body = new FormData();
  body.append('file', new Blob([`#! <WORKSPACE name="${workspace}">\n`]), workspace);
  return { method: 'POST', body };
}
