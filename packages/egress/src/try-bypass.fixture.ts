import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import type { BypassCase } from './bypass-cases.fixture.ts';
import { openEgress, type PostOutcome } from './open-egress.ts';

/** What an attempt came to. `withstood`: nothing was sent that may not be, and no socket was opened that should not be. */
export type BypassResult = {
  outcome: PostOutcome;
  /** How often the name was resolved. */
  lookups: number;
  /** Connections that were begun, to whatever address. */
  begun: number;
  /** Connections that this machine's own listeners got. */
  reached: number;
  withstood: boolean;
};

/**
 * Tries cases on the way out as production has it, with listeners on this machine's ports 443 and 8443 where they are free: none of
 * them must ever be reached. Every connection that the process begins is counted besides.
 */
export async function openBypassTrial(): Promise<{
  attempt(one: BypassCase): Promise<BypassResult>;
  close(): Promise<void>;
}> {
  let reached = 0;
  const listeners = await Promise.all([443, 8443].map(port => listenIfFree(port, () => (reached += 1))));
  return {
    async attempt({ url, dns = [['127.0.0.1']], reason = 'address_not_allowed' }) {
      let lookups = 0;
      const egress = openEgress({
        targets: 'public',
        connectTimeoutMs: 50,
        resolve: async () => {
          const answer = dns[Math.min(lookups, dns.length - 1)] ?? [];
          lookups += 1;
          return answer.map(address => ({ address, family: address.includes(':') ? 6 : 4 }));
        },
      });
      const before = reached;
      const connections = countConnections();
      const outcome = await egress.post(url, { headers: {}, body: '{}', timeoutMs: 2_000 });
      const begun = connections.stop();
      await egress.close();
      const why = outcome.kind === 'failed' ? outcome.reason : outcome.kind;
      const refused =
        reason === 'address_not_allowed'
          ? why === reason && begun === 0
          : (why === 'timed_out' || why === 'unreachable') && lookups === 1;
      const result = { outcome, lookups, begun, reached: reached - before };
      return { ...result, withstood: refused && result.reached === 0 };
    },
    async close() {
      await Promise.all(listeners.map(server => server?.close()));
    },
  };
}

async function listenIfFree(port: number, onConnection: () => void): Promise<Server | undefined> {
  const server = createServer(socket => {
    onConnection();
    socket.destroy();
  });
  try {
    server.listen(port);
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

/** Counts the connections that this process begins, TLS or not: all of them go through one method. */
function countConnections(): { stop(): number } {
  const original = Socket.prototype.connect;
  let begun = 0;
  Socket.prototype.connect = function counted(this: Socket, ...args: never[]) {
    begun += 1;
    return Reflect.apply(original, this, args);
  } as typeof original;
  return {
    stop() {
      Socket.prototype.connect = original;
      return begun;
    },
  };
}
