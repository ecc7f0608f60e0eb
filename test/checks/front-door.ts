import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll } from 'vitest';

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/** A front door that leads whole connections to a port: one that is open stays where it is when clients are moved. */
export async function frontDoor(to: number) {
  let target = to;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const site = connect(target, '127.0.0.1');
    for (const socket of [client, site]) {
      sockets.add(socket);
      socket.on('error', () => {
        client.destroy();
        site.destroy();
      });
    }
    client.pipe(site).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lead(port: number): void {
      target = port;
    },
  };
}

export const portOf = (url: string): number => Number(new URL(url).port);
