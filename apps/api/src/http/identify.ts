import { randomUUID } from 'node:crypto';
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

/** UUIDs come out of a pool of randomness, and so cost a tenth of what asking for random bytes does. */
export function newTraceparent(): string {
  const traceId = randomUUID().replaceAll('-', '');
  return `00-${traceId}-${randomUUID().replaceAll('-', '').slice(0, 16)}-00`;
}
