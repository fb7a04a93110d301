import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '@roleforge/config';
import type { Opened } from '@roleforge/lifecycle';
import { watchRequests } from './http/requests-in-hand.ts';
import type { FixedHeader } from './http/security-headers.ts';
import { createStrictServer } from './http/server-limits.ts';
import { type Traffic, watchTraffic } from './http/traffic.ts';
import type { ApiObserver } from './observer.ts';

type Serving = {
  serve: RequestListener;
  /** The headers of every answer. */
  headers: readonly FixedHeader[];
  config: Pick<Config, 'port' | 'shutdownDelayMs' | 'shutdownGraceMs'>;
  /** Aborted when the api begins to stop: it is not ready any more. */
  leaving: AbortController;
  /** Aborted when those who route requests have had the time to look: streams and waits end. */
  stopping: AbortController;
  observer: Pick<ApiObserver, 'served' | 'refused'>;
};

/** Serves HTTP from now on; returns the port, and what is being answered. When it is closed, nobody who was let in is let down. */
export async function openHttpServer(
  { serve, headers, config, leaving, stopping, observer }: Serving,
  opened: Opened,
): Promise<{ port: number; traffic: Traffic }> {
  const server = createStrictServer({ serve, headers, onRefused: observer.refused });
  const traffic = watchTraffic(server, observer);
  const requests = watchRequests(server);
  const port = await listen(server, config.port);
  opened.add(() => requests.finish(config.shutdownGraceMs));
  // Streams stay until those who route requests have had the time to look: sent away before, they would be led back here.
  opened.add(() => stopping.abort());
  opened.add(() => requests.retire(config.shutdownDelayMs));
  opened.add(() => leaving.abort());
  return { port, traffic };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new Error(`PORT ${port} is taken by another program`, { cause: error }) : error,
      ),
    );
    server.listen(port, resolve);
  });
  return (server.address() as AddressInfo).port;
}
