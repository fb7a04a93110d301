import { type CreationError, FAILURES, type FailureCode, type FailureOwner } from '@roleforge/contracts';

type Details = {
  cause?: unknown;
  /** How long the other side asked to be left alone, in milliseconds. */
  retryAfterMs?: number;
  /** Whether no further attempt is wanted, though one might help. */
  final?: boolean;
};

/**
 * Why an attempt at a creation ended without a role. The code says whose fault it is and whether another attempt
 * may help (the FAILURES table in contracts); the message is for the customer and holds no secret and no source text.
 */
export class CreationFailure extends Error {
  override readonly name = 'CreationFailure';
  readonly code: FailureCode;
  readonly owner: FailureOwner;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly final: boolean;

  constructor(code: FailureCode, message: string, { cause, retryAfterMs, final = false }: Details = {}) {
    super(message, { cause });
    this.code = code;
    this.owner = FAILURES[code].owner;
    this.retryable = FAILURES[code].retryable;
    this.retryAfterMs = retryAfterMs;
    this.final = final;
  }

  /** As shown on the creation. */
  toJSON(): CreationError {
    return { code: this.code, message: this.message, owner: this.owner, retryable: this.retryable };
  }
}

/** MySQL cannot be reached or did not answer in time. Nothing is known to have been written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code = 'store_unavailable';
}

/** A change would leave a tenant's burst without `requestsPerSecond`, and so without effect. Nothing was written. */
export class BurstAlone extends Error {
  override readonly name = 'BurstAlone';
  readonly code = 'burst_alone';
}

/** This attempt no longer owns its creation: another one took it, or its owner ended it. Nothing was written. */
export class AttemptSuperseded extends Error {
  override readonly name = 'AttemptSuperseded';
  readonly code = 'attempt_superseded';
}

/** Any error as a failure: what is not known to be somebody else's fault is ours. */
export function toCreationFailure(error: unknown): CreationFailure {
  if (error instanceof CreationFailure) return error;
  if (error instanceof StoreUnavailable)
    return new CreationFailure('store_unavailable', 'The database did not answer.', { cause: error });
  return new CreationFailure('internal_error', 'The service failed while making this role.', { cause: error });
}
