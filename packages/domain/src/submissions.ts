import type { TenantId } from '@roleforge/contracts';
import type { NewCreation } from './creation-record.ts';

/** The calls that an Idempotency-Key may be given to, by their operation ids: what the api remembers, an erasure has to find. */
export const IDEMPOTENT_CALLS = { one: 'submitCreation', batch: 'submitBatch', regenerate: 'regenerateRole' } as const;

/** A client's wish that a request be carried out once, however often it is sent. */
export type IdempotencyClaim = {
  tenantId: TenantId;
  /** The call that it was made to, one of `IDEMPOTENT_CALLS`: one key may serve for each. */
  scope: string;
  /** 1 to 255 printable ASCII characters, chosen by the client. */
  key: string;
  /** By which a repetition is told from another request under the same key. */
  bodyDigest: string;
  /** An id of this request's own: the ledger keeps that of the request which was first. */
  claim: string;
  /** What a repetition is to be answered with, as text. */
  answer: string;
  at: Date;
};

/** What one request asks to have committed: all of its creations or none. */
export type Submission = { creations: readonly NewCreation[]; idempotency: IdempotencyClaim | null };

/** What became of a submission. */
export type Acceptance =
  /** Its creations are committed. */
  | { kind: 'accepted' }
  /** Its key and its body came before: nothing was committed, and this is the answer that was given then. */
  | { kind: 'replayed'; answer: string }
  /** Its key came before with another body: nothing was committed. */
  | { kind: 'reused' }
  /** Nothing was committed: somebody holds one of the keys, and has not come to an end. */
  | { kind: 'busy' };
