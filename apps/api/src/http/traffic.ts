import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { RouteTemplate } from '@roleforge/telemetry';
import type { ApiObserver } from '../observer.ts';

/** How many requests a server is answering. */
export type Traffic = {
  /** All of them, open event streams among them. */
  active(): number;
  streams(): number;
};

const UNMATCHED = 'unmatched' as RouteTemplate;
const ENTRY = Symbol('traffic');

type Watch = { served: ApiObserver['served']; active: number; streams: number };
/** What is known of a request that is being answered. */
type Entry = { watch: Watch; method: string; arrivedAt: number; route: RouteTemplate; streaming: boolean };
/** It stands on the response itself, and no function is made for each: this is on the way of every request. */
type Watched = ServerResponse & { [ENTRY]?: Entry };

/**
 * Watches a server's requests from their arrival to their end, whoever answers them. A stream of events lasts for as long as its reader
 * likes, so that what is told of it is how long it took to begin.
 */
export function watchTraffic(server: Server, { served }: Pick<ApiObserver, 'served'>): Traffic {
  const watch: Watch = { served, active: 0, streams: 0 };
  server.prependListener('request', ({ method = '' }: IncomingMessage, response: Watched) => {
    response[ENTRY] = { watch, method, arrivedAt: performance.now(), route: UNMATCHED, streaming: false };
    watch.active += 1;
    response.once('close', closed);
  });
  return { active: () => watch.active, streams: () => watch.streams };
}

function closed(this: Watched): void {
  const entry = this[ENTRY];
  if (entry === undefined) return;
  entry.watch.active -= 1;
  if (entry.streaming) entry.watch.streams -= 1;
  else tell(entry, this.statusCode);
}

function tell({ watch, method, route, arrivedAt }: Entry, status: number): void {
  watch.served({ method, route, status, ms: performance.now() - arrivedAt });
}

/** Says under which address of a table a request was found. What nobody says it of is `unmatched`. */
export function nameRoute(response: ServerResponse, route: string): void {
  const entry = (response as Watched)[ENTRY];
  if (entry !== undefined) entry.route = route as RouteTemplate;
}

/** Says that a response is a stream of events, and has begun. */
export function streamBegins(response: ServerResponse): void {
  const entry = (response as Watched)[ENTRY];
  if (entry === undefined || entry.streaming) return;
  entry.streaming = true;
  entry.watch.streams += 1;
  tell(entry, response.statusCode);
}

/** When a request arrived, by the clock of `performance.now`; now where nobody watches. */
export function arrivalOf(response: ServerResponse): number {
  return (response as Watched)[ENTRY]?.arrivedAt ?? performance.now();
}
