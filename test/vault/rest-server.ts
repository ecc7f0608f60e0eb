import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface RestServer {
  /** `writer` may do all, `reader` may read only; both with the password `of-the-server`. */
  repository(user: 'writer' | 'reader', name: string): string;
  /** What was refused, e.g. `POST /a/locks/…`. */
  readonly refused: string[];
  stop(): Promise<void>;
}

const TYPES = ['data', 'keys', 'locks', 'snapshots', 'index'];

/** restic's REST backend, version 2 of its documented protocol, over folders in restic's own layout. */
export async function startRestServer(folder: string): Promise<RestServer> {
  const refused: string[] = [];
  const server = createServer((request, response) => {
    serve(folder, refused, request, response).catch((error: NodeJS.ErrnoException) => {
      if (!response.headersSent) response.writeHead(error.code === 'ENOENT' ? 404 : 500);
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    repository: (user, name) => `rest:http://${user}:of-the-server@127.0.0.1:${port}/${name}/`,
    refused,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function serve(folder: string, refused: string[], request: IncomingMessage, response: ServerResponse) {
  const { method = '' } = request;
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [repository = '', type = '', name = ''] = url.pathname.slice(1).split('/');
  const reading = method === 'GET' || method === 'HEAD';
  const [user, password] = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
    .toString()
    .split(':');
  if (password !== 'of-the-server' || (user !== 'writer' && !reading)) {
    refused.push(`${method} ${url.pathname}`);
    request.resume();
    return response.writeHead(403).end();
  }
  if (url.searchParams.has('create')) {
    for (const one of TYPES) await mkdir(join(folder, repository, one), { recursive: true });
    return response.end();
  }
  if (type !== 'config' && name === '') return list(join(folder, repository, type), type, response);
  const parts = type === 'data' ? [type, name.slice(0, 2), name] : [type, name];
  const path = join(folder, repository, ...parts);
  if (reading) return read(path, method, request, response);
  if (method === 'DELETE') {
    await rm(path);
    return response.end();
  }
  await mkdir(join(path, '..'), { recursive: true });
  await pipeline(request, createWriteStream(`${path}.part`));
  await rename(`${path}.part`, path);
  response.end();
}

async function list(folder: string, type: string, response: ServerResponse) {
  const entries = await readdir(folder, { recursive: type === 'data', withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name));
  const listed = files.map(async (entry) => ({
    name: entry.name,
    size: (await stat(join(entry.parentPath, entry.name))).size,
  }));
  response.setHeader('content-type', 'application/vnd.x.restic.rest.v2');
  response.end(JSON.stringify(await Promise.all(listed)));
}

async function read(path: string, method: string, request: IncomingMessage, response: ServerResponse) {
  const { size } = await stat(path);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const [start, end] = range ? [Number(range[1]), range[2] ? Number(range[2]) : size - 1] : [0, size - 1];
  response.writeHead(range ? 206 : 200, { 'content-length': Math.max(0, end - start + 1) });
  if (method === 'HEAD' || size === 0) return response.end();
  await pipeline(createReadStream(path, { start, end }), response);
}
