import {
  bodyDigest,
  type IdempotencyClaim,
  type NewCreation,
  newCreationId,
  StoreUnavailable,
} from '@roleforge/domain';
import { RequestProblem, unavailable } from './http/problem.ts';
import type { Caller, Input } from './http/route.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import type { Intake } from './intake.ts';

/** What of a request says whether it came before. */
export type Request = Pick<Input<unknown, unknown, unknown>, 'headers' | 'json' | 'bodyBytes'>;

/** What is to be committed, and answered. */
export type Offer<T> = {
  /** The call's operation id: the same key may be used once for each call. */
  scope: string;
  creations: readonly NewCreation[];
  /** The body of the 202 that is given if this request is the first with its key. */
  answer: T;
  at: Date;
};

/** The answer that counts, and the header that tells whether it was given before. */
export type Accepted<T> = { answer: T; headers: Record<string, string> };

const REPLAYED = { 'Idempotency-Replayed': 'true' };
const UNCERTAIN =
  'The database does not answer, and it may have accepted the request or not: repeat it with the same Idempotency-Key.';
const HELD =
  'The ledger is held up by another request, and nothing was accepted: repeat it with the same Idempotency-Key.';

/** Reads what the first request under a key was answered; null where none came. @throws StoreUnavailable */
export type FindAnswer = (
  key: Pick<IdempotencyClaim, 'tenantId' | 'scope' | 'key' | 'at'>,
) => Promise<Pick<IdempotencyClaim, 'bodyDigest' | 'answer'> | null>;

/**
 * The answer that a request with this Idempotency-Key got before: for calls that may be refused the second time for what the first
 * one has brought about. Null where there was none, or no key is given; `acceptOnce` still decides who is first.
 * @throws RequestProblem 422 when the key came with another body, 400 for a malformed one
 */
export async function answeredBefore<T extends object>(
  findAnswer: FindAnswer,
  { headers, json }: Pick<Request, 'headers' | 'json'>,
  { tenantId }: Caller,
  { scope, at }: Pick<Offer<T>, 'scope' | 'at'>,
): Promise<Accepted<T> | null> {
  const key = readIdempotencyKey(headers['idempotency-key']);
  if (key === null) return null;
  const before = await findAnswer({ tenantId, scope, key, at });
  if (before === null) return null;
  if (before.bodyDigest !== bodyDigest(json)) throw reused();
  return { answer: JSON.parse(before.answer), headers: REPLAYED };
}

function reused(): RequestProblem {
  return new RequestProblem(
    'idempotency_key_reused',
    'This Idempotency-Key came before with another body: take a new key for a new request.',
    { errors: [{ pointer: '/headers/idempotency-key', message: 'used for another body' }] },
  );
}

/**
 * Has creations committed, once for each Idempotency-Key: a repetition commits nothing, and gets the answer that the first
 * request got, or was to get. Only what was accepted is remembered; a request that is refused is judged anew each time.
 * @throws RequestProblem 422 when the key came with another body, 400 for a malformed one, 503 when MySQL is away
 */
export async function acceptOnce<T extends object>(
  intake: Pick<Intake, 'accept'>,
  { headers, json, bodyBytes }: Request,
  { tenantId }: Caller,
  { scope, creations, answer, at }: Offer<T>,
): Promise<Accepted<T>> {
  const key = readIdempotencyKey(headers['idempotency-key']);
  if (key === null) {
    await intake.accept({ creations, idempotency: null }, bodyBytes);
    return { answer, headers: {} };
  }
  const text = JSON.stringify(answer);
  const claim = creations[0]?.id ?? newCreationId(at.getTime());
  const idempotency: IdempotencyClaim = { tenantId, scope, key, bodyDigest: bodyDigest(json), claim, answer: text, at };
  const outcome = await intake.accept({ creations, idempotency }, bodyBytes + text.length).catch(error => {
    throw error instanceof StoreUnavailable ? unavailable(UNCERTAIN, error) : error;
  });
  switch (outcome.kind) {
    case 'accepted':
      return { answer, headers: {} };
    case 'replayed':
      return { answer: JSON.parse(outcome.answer), headers: REPLAYED };
    case 'reused':
      throw reused();
    case 'busy':
      throw unavailable(HELD);
  }
}
