import { connect as tcpConnect } from 'node:net';

/** Opens a TCP connection of its own and closes it again. Rejects with the reason when there is none in time. */
export function connect(
  host: string,
  port: number,
  timeout: number,
  signal: AbortSignal,
): Promise<{ readonly address: string }> {
  return new Promise((resolve, reject) => {
    const socket = tcpConnect({ host, port, signal });
    const timer = setTimeout(
      () => fail(new Error(`no connection to ${host}:${port} within ${timeout / 1000} s`)),
      timeout,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(signal.aborted ? signal.reason : error);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      const address = socket.remoteAddress ?? host;
      socket.end();
      socket.destroy();
      resolve({ address });
    });
  });
}
