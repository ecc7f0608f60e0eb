import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** The port of the FME Server Console, as far as a client check looks: it accepts and greets. */
export interface ConsolePort {
  open(): Promise<number>;
  shut(): Promise<void>;
}

export function createConsolePort(port: number, greeting: () => string): ConsolePort {
  let chosen = port;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.write(`${greeting()}\r\n`);
  });
  return {
    async open() {
      if (!server.listening) {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(chosen, '127.0.0.1', resolve);
        });
        chosen = (server.address() as AddressInfo).port;
      }
      return chosen;
    },
    async shut() {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
