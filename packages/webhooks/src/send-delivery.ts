import {
  type DeliveryTry,
  outcomeOfStatus,
  readRetryAfter,
  type TakenDelivery,
  type TryOutcome,
} from '@roleforge/domain';
import type { Egress } from '@roleforge/egress';
import { signedHeaders } from './signed-headers.ts';

/** Where messages leave. */
export type WayOut = Pick<Egress, 'post'>;

/** Makes one try. Whatever the receiver does is a result. @throws `signal.reason` once the signal is aborted */
export type Sender = (delivery: TakenDelivery, signal: AbortSignal) => Promise<DeliveryTry & TryOutcome>;

/** Standard Webhooks asks for 15 to 30 seconds. */
const TIMEOUT_MS = 20_000;
/** Of an answer only the status and the headers count. */
const MAX_RESPONSE_BYTES = 65_536;

export function createSender(wayOut: WayOut, clock: () => Date): Sender {
  return async ({ id, url, body, secrets, traceparent }, signal) => {
    const at = clock();
    const answer = await wayOut.post(url, {
      headers: {
        'content-type': 'application/json',
        'user-agent': 'RoleForge-Webhooks/1.0',
        ...signedHeaders(id, body, secrets, at),
        ...(traceparent === null ? {} : { traceparent }),
      },
      body,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      signal,
    });
    const { ms } = answer;
    if (answer.kind === 'failed')
      return { at, ms, outcome: answer.reason, statusCode: null, detail: answer.detail, retryAfterMs: null };
    return {
      at,
      ms,
      outcome: outcomeOfStatus(answer.statusCode),
      statusCode: answer.statusCode,
      detail: null,
      retryAfterMs: readRetryAfter(answer.headers['retry-after'], clock()),
    };
  };
}
