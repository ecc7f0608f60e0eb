import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Basics } from '../basics.ts';
import { authenticate } from './auth.ts';
import { checkContentType } from './body.ts';
import { HttpError, json, type Reply } from './reply.ts';
import { findRoute, type Route } from './router.ts';
import { send } from './send.ts';

/** The public HTTP side of a core: it can be shut and opened again on the same port. */
export interface CoreServer {
  open(): Promise<void>;
  /** Refuses new connections and breaks the present ones. */
  shut(): Promise<void>;
  url(): string;
}

/** Serves the routes on 127.0.0.1. */
export function createCoreServer(site: Basics, routes: readonly Route[], port: number): CoreServer {
  let chosen = port;
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    serve(site, routes, request, response).catch(() => response.destroy());
  };
  return {
    async open() {
      if (server !== undefined) return;
      const opened = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, answer);
      opened.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      });
      await new Promise<void>((resolve, reject) => {
        opened.once('error', reject);
        opened.listen(chosen, '127.0.0.1', resolve);
      });
      chosen = (opened.address() as AddressInfo).port;
      server = opened;
    },
    async shut() {
      const opened = server;
      server = undefined;
      if (opened === undefined) return;
      const closed = new Promise<void>((resolve) => opened.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    url: () => `http://127.0.0.1:${chosen}`,
  };
}

async function serve(
  site: Basics,
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = url.pathname;
  const query = [...url.searchParams].map(([name, value]) => `${name}=${value}`).join('&');
  const slow = site.faults.hit('slow', method, path, query);
  if (slow !== undefined) await sleep(slow.ms);
  if (site.faults.hit('hang', method, path, query) !== undefined) return;
  if (site.faults.hit('dropBefore', method, path, query) !== undefined) {
    request.socket.destroy();
    return;
  }
  const broken = site.faults.hit('httpError', method, path, query);
  if (broken !== undefined) {
    request.resume();
    const page = `<html><body><h1>${broken.status} from the proxy</h1></body></html>`;
    await send(site, request, response, {
      status: broken.status,
      body: { kind: 'text', text: page, type: 'text/html' },
    });
    return;
  }
  const reply = await handle(site, routes, request, url).catch(failed);
  if (site.faults.hit('dropAfter', method, path, query) !== undefined) {
    await reply.after?.();
    request.socket.destroy();
    return;
  }
  await send(site, request, response, reply);
}

async function handle(site: Basics, routes: readonly Route[], request: IncomingMessage, url: URL): Promise<Reply> {
  const method = request.method ?? 'GET';
  // v4 knows no trailing slash; v3 does not mind one.
  const v3 = url.pathname.startsWith('/fmerest/v3/');
  const path = v3 && !url.pathname.includes('/filesys/') ? url.pathname.replace(/\/+$/, '') : url.pathname;
  const found = findRoute(routes, method, path);
  if (found.found === 'nothing') throw new HttpError(404, `There is nothing at ${url.pathname}.`);
  if (found.found === 'other-method') {
    return json(405, { message: `The method ${method} is not allowed.` }, { allow: found.allowed.join(', ') });
  }
  const { route } = found;
  const caller = authenticate(site, request, url.searchParams, route.access);
  const known = v3 ? [...route.query, 'fmetoken'] : [...route.query];
  for (const name of url.searchParams.keys()) {
    if (route.query !== 'any' && !known.includes(name))
      throw new HttpError(v3 ? 422 : 400, `There is no parameter "${name}" here.`);
  }
  checkContentType(request, route.consumes);
  const { params } = found;
  return route.handle({ raw: request, method, path, params, query: url.searchParams, caller });
}

function failed(cause: unknown): Reply {
  if (cause instanceof HttpError) {
    const headers: Record<string, string> = cause.status === 401 ? { 'www-authenticate': 'fmetoken' } : {};
    const details = cause.details === undefined ? {} : { details: cause.details };
    return json(cause.status, { message: cause.message, ...details }, headers);
  }
  return json(500, { message: cause instanceof Error ? cause.message : String(cause) });
}
