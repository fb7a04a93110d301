import type { DeliveryOutcomeCode } from '@roleforge/contracts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * How long to wait after each failed try before the next, in milliseconds. Standard Webhooks names 0, 5 s, 5 min, … 24 h: the first
 * try is made at once, and the rest are read as waits between two tries, as its table of the time since the start does. Ten tries in
 * a little more than three days: an outage over a weekend loses nothing.
 */
export const DELIVERY_WAITS_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** The first one included. */
export const MOST_TRIES = DELIVERY_WAITS_MS.length + 1;

/** However long a receiver asks to be left alone, it is tried again after this, in milliseconds. */
export const LONGEST_ASKED_MS = 24 * HOUR;

/** Waits are drawn evenly from this share of them to either side, so that what failed together does not come back together. */
const JITTER = 0.15;

/** How one try at a delivery ended. */
export type TryOutcome = {
  outcome: DeliveryOutcomeCode;
  /** How long the receiver asked to be left alone (`Retry-After`), in milliseconds; null where it did not. */
  retryAfterMs: number | null;
};

/** What becomes of a delivery after a try. `gone`: it has failed, and nothing more is to be sent there. */
export type DeliveryDecision =
  | { kind: 'delivered' }
  | { kind: 'retry'; at: Date }
  | { kind: 'failed' }
  | { kind: 'gone' };

/**
 * What becomes of a delivery after a try. Whatever is not taken is tried again until the tries are used up: a refusal as well, since
 * a receiver that refuses by mistake is mended sooner than anybody would ask for the message once more.
 * @param tries how many there were since the message was made or last asked for again, this one included
 * @param random in [0, 1)
 */
export function decideDelivery(
  { outcome, retryAfterMs }: TryOutcome,
  tries: number,
  random: number,
  now: Date,
): DeliveryDecision {
  if (outcome === 'delivered') return { kind: 'delivered' };
  if (outcome === 'gone') return { kind: 'gone' };
  const waitMs = DELIVERY_WAITS_MS[tries - 1];
  if (waitMs === undefined) return { kind: 'failed' };
  const drawnMs = waitMs * (1 - JITTER + 2 * JITTER * random);
  const askedMs = Math.min(retryAfterMs ?? 0, LONGEST_ASKED_MS);
  return { kind: 'retry', at: new Date(now.getTime() + Math.round(Math.max(drawnMs, askedMs))) };
}

/** How an answer with this status counts. */
export function outcomeOfStatus(statusCode: number): 'delivered' | 'redirected' | 'gone' | 'refused' {
  if (statusCode >= 200 && statusCode < 300) return 'delivered';
  if (statusCode >= 300 && statusCode < 400) return 'redirected';
  return statusCode === 410 ? 'gone' : 'refused';
}

/** What a `Retry-After` header asks for, in milliseconds: seconds or an HTTP date. Null where nothing can be read. */
export function readRetryAfter(header: string | undefined, now: Date): number | null {
  const value = header?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * SECOND;
  const at = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}
