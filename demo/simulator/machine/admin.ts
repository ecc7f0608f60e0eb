import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SERVICES, type ServiceName, type ServiceStatus, VERBS, type Verb } from './service-file.ts';

/** What the admin side can do: it is the simulator's own, no part of the product. */
export interface AdminActions {
  bootId: string;
  service(verb: Verb, service: ServiceName): Promise<ServiceStatus>;
  /** Switches faults: a name with `null` is off. */
  setFaults(values: Record<string, unknown>): unknown;
  faults(): unknown;
  setSettings(values: Record<string, unknown>): unknown;
  settings(): unknown;
  facts(): unknown;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const content = Buffer.concat(parts).toString('utf8');
  return content === '' ? {} : (JSON.parse(content) as Record<string, unknown>);
}

/** Serves the admin side on a loopback port of the system's choice. */
export async function openAdmin(actions: AdminActions): Promise<{ url: string; close(): Promise<void> }> {
  const answer = async (request: IncomingMessage): Promise<[status: number, body: unknown]> => {
    const [, first, second, third] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
    const key = `${request.method} ${first}`;
    const bootId = request.headers['x-boot-id'];
    if (bootId !== undefined && bootId !== actions.bootId) return [410, { message: 'Another machine is here.' }];
    if (key === 'POST services' && SERVICES.includes(second as ServiceName) && VERBS.includes(third as Verb)) {
      return [200, await actions.service(third as Verb, second as ServiceName)];
    }
    if (key === 'GET faults') return [200, actions.faults()];
    if (key === 'PATCH faults') return [200, actions.setFaults(await readBody(request))];
    if (key === 'GET settings') return [200, actions.settings()];
    if (key === 'PATCH settings') return [200, actions.setSettings(await readBody(request))];
    if (key === 'GET facts') return [200, actions.facts()];
    return [404, { message: 'There is services, faults, settings and facts here.' }];
  };
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    answer(request)
      .catch((cause: unknown): [number, unknown] => [409, { message: (cause as Error).message }])
      .then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
        response.end(JSON.stringify(body));
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
