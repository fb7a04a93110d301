import type { Server, ServerResponse } from 'node:http';

/** The requests that a server has begun to serve, so that it can stop without letting one of them down. */
export type RequestsInHand = {
  /**
   * Finishes what is in hand, then closes the server. Until that is done others are served, too, for a balancer takes a moment
   * to hear of the stop; every answer from now on closes its connection. What takes longer than `graceMs` is cut off.
   */
  finish(graceMs: number): Promise<void>;
};

export function watchRequests(server: Server): RequestsInHand {
  const inHand = new Set<ServerResponse>();
  let stopping = false;
  server.prependListener('request', (_request, response: ServerResponse) => {
    inHand.add(response);
    if (stopping) lastOfItsConnection(response);
    response.once('close', () => {
      inHand.delete(response);
      if (stopping) server.closeIdleConnections();
    });
  });

  return {
    async finish(graceMs) {
      stopping = true;
      let graceIsOver = false;
      const timer = setTimeout(() => {
        graceIsOver = true;
        server.closeAllConnections();
      }, graceMs);
      inHand.forEach(lastOfItsConnection);
      await Promise.all([...inHand].map(closed));
      const serverClosed = new Promise(resolve => server.close(resolve));
      server.closeIdleConnections();
      if (graceIsOver) server.closeAllConnections();
      await serverClosed;
      clearTimeout(timer);
    },
  };
}

function lastOfItsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/** Not `once`: an answer that fails is over, too. */
function closed(response: ServerResponse): Promise<void> {
  return new Promise(resolve => response.once('close', resolve));
}
