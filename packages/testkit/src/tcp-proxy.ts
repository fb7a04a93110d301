import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be taken away and given back: for tests of what happens while the server is not there. */
export type TcpProxy = {
  /** The server's address with the proxy's host and port in it. */
  url: string;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  /** Keeps connections, and lets nothing through any more: as a server that hangs. */
  freeze(): void;
  /** Lets new connections through. Those that were frozen stay so: what a failover or a forgetful firewall leaves behind. */
  forget(): void;
  /** Resolves when the next connection is refused. */
  refusal(): Promise<void>;
  /** As in the beginning. */
  restore(): void;
  close(): Promise<void>;
};

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let state: 'through' | 'cut' | 'frozen' = 'through';
  const awaiting: (() => void)[] = [];
  const server = createServer(client => {
    if (state === 'cut') {
      client.destroy();
      for (const tell of awaiting.splice(0)) tell();
      return;
    }
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on('error', () => {});
      from.once('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
      if (state === 'frozen') from.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);

  const endAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: url.href,
    cut() {
      state = 'cut';
      endAll();
    },
    freeze() {
      state = 'frozen';
      for (const socket of open) socket.pause();
    },
    forget() {
      state = 'through';
    },
    refusal: () => new Promise(resolve => void awaiting.push(resolve)),
    restore() {
      // What was frozen is not thawed: a peer that hung that long would have lost its connections.
      if (state === 'frozen') endAll();
      state = 'through';
    },
    async close() {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}
