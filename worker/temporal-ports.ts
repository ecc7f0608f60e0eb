import { createServer } from 'node:net';
import { freePort } from '../tools/free-port.ts';
import type { TemporalPorts } from './temporal-arguments.ts';

/** Temporal's own defaults, so that its tools find the server without a setting. */
const USUAL: TemporalPorts = { port: 7233, uiPort: 8233 };

/**
 * The ports that were asked for, as they are; else the usual ones where they are free; else free ones.
 * @throws Error for an asked one that is taken: another server would answer there in the place of ours
 */
export async function choosePorts(asked: Partial<TemporalPorts>): Promise<TemporalPorts> {
  return { port: await choose(asked.port, USUAL.port), uiPort: await choose(asked.uiPort, USUAL.uiPort) };
}

async function choose(asked: number | undefined, usual: number): Promise<number> {
  if (asked === undefined) return (await isFree(usual)) ? usual : freePort();
  if (await isFree(asked)) return asked;
  throw new Error(`port ${asked} of 127.0.0.1 is taken by another program; end that one, or choose another port`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
