/*
 * What the load consists of, by number alone, so that every run sends the same.
 *
 *   of the requests    one in sixty is a batch of 5 to 20 items; of the others every third has an Idempotency-Key
 *   of the creations   4 % are cancelled and 3 % paused and resumed a while after their acceptance; some of them are urgent and
 *                      steered in the midst of the model's call, some are steered at once, and some a while later
 */

/** What an owner does with a creation, counted in milliseconds from its acceptance. */
export type Intention = { call: 'cancel'; afterMs: number } | { call: 'pause'; afterMs: number; resumeAfterMs: number };

export type PlannedCreation = { marker: string; item: object; intention: Intention | null };

export type PlannedRequest = {
  path: string;
  body: object;
  /** One with a key is repeated until it is answered, and batches have one. */
  idempotencyKey: string | null;
  /** Whether it is sent once more when it has been answered, as by a client that forgets. */
  sentAgain: boolean;
  requestId: string;
  /** In the order of a batch's items. */
  creations: PlannedCreation[];
};

/** Fewer tasks than requests, so that creations meet at one role, whose versions must then be numbered without a gap. */
const TASKS = 500;
const BATCH_EVERY = 60;
const SMALLEST_BATCH = 5;
const LARGEST_BATCH = 20;
const KEY_EVERY = 3;
const SENT_AGAIN_EVERY = 15;
const CANCEL_EVERY = 25;
const PAUSE_EVERY = 33;
const AT_ONCE_MS = 20;
const LATER_MS = 1_500;
const RESUME_AFTER_MS = 3_000;

/**
 * @param n the request's number, from 1
 * @param creationsBefore how many creations those before it have asked for
 * @param latencyMs how long the model takes
 */
export function planRequest(n: number, creationsBefore: number, latencyMs: number): PlannedRequest {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => creationsBefore + 1 + index);
  if (n % BATCH_EVERY === BATCH_EVERY / 2) {
    const nth = Math.floor(n / BATCH_EVERY);
    const size = SMALLEST_BATCH + ((nth * 7) % (LARGEST_BATCH - SMALLEST_BATCH + 1));
    const creations = numbers(size).map(number => planCreation(number, latencyMs));
    const requestId = `batch-${creations[0]?.marker}`;
    return {
      path: '/v1/role-creations/batch',
      body: { items: creations.map(({ item }) => item) },
      idempotencyKey: requestId,
      sentAgain: nth % 2 === 0,
      requestId,
      creations,
    };
  }
  const creation = planCreation(creationsBefore + 1, latencyMs);
  return {
    path: '/v1/role-creations',
    body: creation.item,
    idempotencyKey: n % KEY_EVERY === 0 ? creation.marker : null,
    sentAgain: n % SENT_AGAIN_EVERY === 0,
    requestId: creation.marker,
    creations: [creation],
  };
}

/** The marker stands in the ledger as metadata, and before the model as the role's name. */
export function itemOf(marker: string, number: number, priority = 'normal'): object {
  const sources = { baseInfo: { name: marker, locale: 'en' } };
  return { taskId: `task-${number % TASKS}`, priority, sources, metadata: { marker } };
}

/** As the model and the account know it. */
export function markerOf(number: number): string {
  return `r-${String(number).padStart(6, '0')}`;
}

function planCreation(number: number, latencyMs: number): PlannedCreation {
  const marker = markerOf(number);
  const cancelled = number % CANCEL_EVERY === 7;
  const paused = !cancelled && number % PAUSE_EVERY === 5;
  if (!cancelled && !paused) return { marker, item: itemOf(marker, number), intention: null };
  const nth = Math.floor(number / (cancelled ? CANCEL_EVERY : PAUSE_EVERY));
  const afterMs = [AT_ONCE_MS, latencyMs / 2, LATER_MS][nth % 3] as number;
  return {
    marker,
    item: itemOf(marker, number, nth % 3 === 1 ? 'urgent' : 'normal'),
    intention: cancelled ? { call: 'cancel', afterMs } : { call: 'pause', afterMs, resumeAfterMs: RESUME_AFTER_MS },
  };
}
