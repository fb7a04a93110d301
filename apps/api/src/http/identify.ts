import { randomFillSync, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** `traceparent`: what is carried on with all that the request brings about. */
export type RequestIdentity = { requestId: string; traceparent: string };

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** W3C Trace Context, version 00. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A request's id: its own where that is well formed. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const { 'x-request-id': given } = headers;
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** The trace that a request names; null where it names none, or one that is malformed. */
export function givenTraceparent({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  const { traceparent: given } = headers;
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : null;
}

/** Random bytes for many traces are fetched at a time: by two UUIDs each, a trace would cost five times as much. */
const pool = Buffer.alloc(24 * 170);
let used = pool.length;

/** Of a trace that begins here. */
export function newTraceparent(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const ids = pool.toString('hex', used, used + 24);
  used += 24;
  return `00-${ids.slice(0, 32)}-${ids.slice(32)}-00`;
}
