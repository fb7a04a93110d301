import type { Server, ServerResponse } from 'node:http';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';

/** The requests that a server has begun to serve, so that it can stop without letting one of them down. */
export type RequestsInHand = {
  /**
   * Goes on serving for `delayMs`, and for a moment at least, while those who send requests find out that they should not: every
   * answer from now on closes its connection. So a connection in use is given up by an answer, where its client expects it.
   */
  retire(delayMs: number): Promise<void>;
  /** Finishes what is in hand, then closes the server. What takes longer than `graceMs` is cut off. */
  finish(graceMs: number): Promise<void>;
};

/**
 * Longer than a busy client leaves its connection idle. One that is closed while idle may have a request on its way, which
 * then fails; one that has been idle for so long has hardly one in this very instant.
 */
const MOMENT_MS = 200;

export function watchRequests(server: Server): RequestsInHand {
  const inHand = new Set<ServerResponse>();
  let retiring = false;
  server.prependListener('request', (_request, response: ServerResponse) => {
    inHand.add(response);
    if (retiring) lastOfItsConnection(response);
    response.once('close', () => inHand.delete(response));
  });

  return {
    async retire(delayMs) {
      retiring = true;
      inHand.forEach(lastOfItsConnection);
      await wait(Math.max(delayMs, MOMENT_MS));
    },
    async finish(graceMs) {
      retiring = true;
      inHand.forEach(lastOfItsConnection);
      let closing: Promise<unknown> | undefined;
      const timer = setTimeout(() => {
        closing ??= close();
        server.closeAllConnections();
      }, graceMs);
      await allAnswered();
      // The idle connections are closed, too: it has just been seen that nothing has come in on them.
      closing ??= close();
      // Not among the idle are those on which there was never a request, or the beginning of one alone.
      await Promise.race([closing, wait(MOMENT_MS, undefined, { ref: false })]);
      await allAnswered();
      server.closeAllConnections();
      await closing;
      clearTimeout(timer);
    },
  };

  /** Until nothing is in hand, nor among what has reached this machine: a turn of the loop reads what is there to be read. */
  async function allAnswered(): Promise<void> {
    do {
      await Promise.all([...inHand].map(closed));
      await setImmediate();
    } while (inHand.size > 0);
  }

  function close(): Promise<unknown> {
    return new Promise(resolve => server.close(resolve));
  }
}

function lastOfItsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/** Not `once`: an answer that fails is over, too. */
function closed(response: ServerResponse): Promise<void> {
  return new Promise(resolve => response.once('close', resolve));
}
