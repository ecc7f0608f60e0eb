import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface CountingServer {
  /** How restic names the repository in this folder under the server's. */
  repository(path: string): string;
  /** Bytes of content that were given out so far. */
  bytes(): number;
  stop(): Promise<void>;
}

/** Gives restic repositories in folders to readers, by restic's REST protocol (version 2), and counts what it gives. */
export async function startCountingServer(folder: string): Promise<CountingServer> {
  let given = 0;
  const server = createServer((request, response) => {
    serve(request, response).catch((error: NodeJS.ErrnoException) => {
      if (!response.headersSent) response.writeHead(error.code === 'ENOENT' ? 404 : 500);
      response.end();
    });
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '/', headers } = request;
    // Readers only: nothing may be written from the other site.
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(403).end();
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    if (/\.\./.test(path)) return void response.writeHead(404).end();
    if (path.endsWith('/')) return list(join(folder, path), response);
    const [, type, name] = /\/(\w+)\/([0-9a-f]{64})$/.exec(path) ?? [];
    const file =
      type === 'data' && name ? join(folder, path.slice(0, -name.length), name.slice(0, 2), name) : join(folder, path);
    const { size } = await stat(file);
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    const [start, end] = range ? [Number(range[1]), range[2] ? Number(range[2]) : size - 1] : [0, size - 1];
    response.writeHead(range ? 206 : 200, { 'content-length': Math.max(0, end - start + 1) });
    if (method === 'HEAD' || size === 0) return void response.end();
    given += end - start + 1;
    await pipeline(createReadStream(file, { start, end, highWaterMark: 256 * 1024 }), response);
  };
  const list = async (place: string, response: ServerResponse): Promise<void> => {
    const entries = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name));
    const sizes = files.map(async ({ name, parentPath }) => ({
      name,
      size: (await stat(join(parentPath, name))).size,
    }));
    const text = JSON.stringify(await Promise.all(sizes));
    given += text.length;
    response.setHeader('content-type', 'application/vnd.x.restic.rest.v2');
    response.end(text);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    repository: (path) => `rest:http://127.0.0.1:${port}/${path}/`,
    bytes: () => given,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
