import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';

/**
 * The address that clients use: a small reverse proxy that leads to one of the sites. It is moved and read, and each site's
 * door is closed and opened, through a second port of its own.
 *
 *   POST /move  {"to": "dc2"}       GET /leads-to → {"leadsTo": "dc2"}
 *   POST /close {"site": "dc1"}     POST /open {"site": "dc1"}
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { site: { type: 'string', multiple: true }, 'leads-to': { type: 'string' } },
  });
  const sites = new Map(
    (values.site ?? []).map((pair) => [pair.slice(0, pair.indexOf('=')), new URL(pair.slice(pair.indexOf('=') + 1))]),
  );
  let leadsTo = values['leads-to'] ?? [...sites.keys()][0] ?? '';
  const closed = new Set<string>();

  const door = createServer((incoming, outgoing) => {
    const target = sites.get(leadsTo);
    if (!target || closed.has(leadsTo)) {
      outgoing.writeHead(503, { 'content-type': 'text/plain' }).end('closed\n');
      return;
    }
    forward(incoming, outgoing, target);
  });
  const desk = createServer((incoming, outgoing) => {
    handle(incoming).then(
      (answer) => outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
      (error: Error) => outgoing.writeHead(400).end(error.message),
    );
  });

  async function handle(incoming: IncomingMessage): Promise<object> {
    const body = incoming.method === 'POST' ? (JSON.parse(await read(incoming)) as { to?: string; site?: string }) : {};
    switch (`${incoming.method} ${incoming.url}`) {
      case 'GET /leads-to':
        return { leadsTo };
      case 'POST /move':
        if (!body.to || !sites.has(body.to)) throw new Error(`there is no site "${body.to}"`);
        leadsTo = body.to;
        return { leadsTo };
      case 'POST /close':
        closed.add(body.site ?? '');
        return { closed: [...closed] };
      case 'POST /open':
        closed.delete(body.site ?? '');
        return { closed: [...closed] };
      default:
        throw new Error(`unknown: ${incoming.method} ${incoming.url}`);
    }
  }

  await Promise.all([door, desk].map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))));
  const url = (server: typeof door): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(JSON.stringify({ url: url(door), desk: url(desk), pid: process.pid }));
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: URL): void {
  const { host: _, connection: __, ...headers } = incoming.headers;
  const onward: ClientRequest = request(
    { host: target.hostname, port: target.port, method: incoming.method, path: incoming.url, headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502, { 'content-type': 'text/plain' }).end('the site does not answer\n');
  });
  incoming.pipe(onward);
}

async function read(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  return text;
}

await main();
