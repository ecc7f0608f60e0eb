import { createServer } from 'node:net';
import { freePort } from '../tools/free-port.ts';
import type { TemporalPorts } from './temporal-arguments.ts';

/** Temporal's own defaults, so that its tools find the server without a setting. */
const USUAL: TemporalPorts = { port: 7233, uiPort: 8233 };

/** The ports that were asked for, as they are; else the usual ones where they are free; else free ones. */
export async function choosePorts(asked: Partial<TemporalPorts>): Promise<TemporalPorts> {
  return {
    port: asked.port ?? (await freeOr(USUAL.port)),
    uiPort: asked.uiPort ?? (await freeOr(USUAL.uiPort)),
  };
}

async function freeOr(usual: number): Promise<number> {
  return (await isFree(usual)) ? usual : freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
