import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ClientCheck } from '../activities/checks/check.ts';
import { createCheck } from '../activities/checks/kinds.ts';
import { createRedirect } from '../activities/redirects/kinds.ts';
import type { Redirect } from '../activities/redirects/redirect.ts';

/** A front door on this machine, moved and looked at by the product's own redirect and check, over HTTP. */
export interface RealDoor {
  /** Where it leads, and what it was asked so far. */
  readonly leadsTo: string;
  readonly asked: Readonly<Record<'move' | 'read' | 'page', number>>;
  readonly redirect: Redirect;
  readonly check: ClientCheck;
  close(): void;
}

/** Starts it on a port of its own. */
export async function startRealDoor(pair: string, sites: readonly [string, string]): Promise<RealDoor> {
  let leadsTo = sites[0];
  const asked = { move: 0, read: 0, page: 0 };
  const server = createServer(async (request, response) => {
    if (request.url === '/move') {
      asked.move++;
      leadsTo = (JSON.parse(await text(request)) as { to: string }).to;
      response.writeHead(204).end();
    } else if (request.url === '/read') {
      asked.read++;
      response.end(JSON.stringify({ leadsTo }));
    } else {
      asked.page++;
      response.end(`served by ${leadsTo}`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const timeout = 10_000;
  return {
    get leadsTo() {
      return leadsTo;
    },
    asked,
    redirect: createRedirect(
      {
        kind: 'webhook',
        name: 'door',
        move: { url: `${url}/move`, method: 'POST', timeout },
        read: { url: `${url}/read`, method: 'GET', timeout },
      },
      { pair, sites },
    ),
    check: createCheck(
      { kind: 'http', name: 'door', url: `${url}/`, status: 200, contains: 'served by {site}', timeout },
      { components: {}, sites, clients: url, resolve: async () => '' },
    ),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
