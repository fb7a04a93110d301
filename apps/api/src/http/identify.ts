import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type RequestIdentity = { requestId: string; traceparent: string };

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** W3C Trace Context, version 00. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A request's id, its own where that is well formed, and the trace that it belongs to, a new one where it names none. */
export function identify(request: Pick<IncomingMessage, 'headers'>): RequestIdentity {
  const { 'x-request-id': givenId, traceparent: givenTrace } = request.headers;
  return {
    requestId: typeof givenId === 'string' && REQUEST_ID.test(givenId) ? givenId : randomUUID(),
    traceparent: typeof givenTrace === 'string' && TRACEPARENT.test(givenTrace) ? givenTrace : newTraceparent(),
  };
}

/** UUIDs come out of a pool of randomness, and so cost a tenth of what asking for random bytes does. */
function newTraceparent(): string {
  const traceId = randomUUID().replaceAll('-', '');
  return `00-${traceId}-${randomUUID().replaceAll('-', '').slice(0, 16)}-00`;
}
