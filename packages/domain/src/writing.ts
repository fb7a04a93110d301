import type {
  CreationId,
  Degradation,
  FailureCode,
  ProfilePart,
  Provenance,
  ProvenanceItems,
  RoleProfile,
  Strategy,
  TenantId,
  Usage,
  WriterIdentity,
} from '@roleforge/contracts';
import type { CreationFailure } from './failures.ts';
import type { GatheredSources } from './gather-decision.ts';
import type { ConfiguredModel } from './model-catalog.ts';

/** A wish to have some parts of a profile written anew, so that they go with the parts that stay. */
export type Revision = { profile: RoleProfile; sections: readonly ProfilePart[] };

/** What a writer is given. */
export type WritingBrief = {
  sources: GatheredSources;
  strategy: Strategy;
  locale: string;
  /** Where only some parts of a profile are to be written anew. A writer may write the others too: they are not taken. */
  revise?: Revision;
};

/** What a writer hands in. */
export type Draft = {
  profile: RoleProfile;
  provenance: Provenance;
  /** Absent from a draft that was kept before items were noted down. */
  provenanceItems?: ProvenanceItems;
  writer: Pick<WriterIdentity, 'kind' | 'provider' | 'model'>;
  /** Of the calls made for it now; answers that were stored cost nothing more. They are all noted down already. */
  usage: Usage;
  /** In what it is less than was asked for; absent where in nothing. */
  degraded?: Degradation[];
};

/** For whom a writer writes, and whom it tells how far it has come. */
export type WritingContext = {
  tenantId: TenantId;
  creationId: CreationId;
  /** Raised when all answers so far were no use, so that new ones are asked for: how many attempts a bad draft has ended. */
  generation: number;
  /** Aborted when the work is to stop; the creation's deadline included. */
  signal: AbortSignal;
  /** Hears of each part of the profile as soon as it is whole and has been checked, while the rest is being written. */
  onSection(part: ProfilePart, value: unknown): void;
};

/** Turns gathered sources into a role. */
export interface Writer {
  /**
   * One try: retrying is the caller's business.
   * @throws CreationFailure with a provider's or a draft's code
   * @throws ProviderBusy when the call has to wait
   * @throws the signal's reason once it is aborted, as soon as possible
   */
  write(brief: WritingBrief, context: WritingContext): Promise<Draft>;
}

/** One call of a model, as it is noted down. Times in milliseconds, amounts in tokens and US dollars. */
export type ModelCall = {
  /** Made before the call is noted down, so that a note that is repeated is one. */
  id: string;
  tenantId: TenantId;
  creationId: CreationId;
  /** SHA-256 of the prompt, the model, its parameters and the generation, in hex: what makes two calls the same. */
  requestHash: string;
  provider: string;
  model: string;
  startedAt: Date;
  ms: number;
  /** `ok`, or the code of the failure. */
  outcome: 'ok' | FailureCode | 'aborted';
  /** The provider's own word; null where it did not get to say one. */
  finishReason: string | null;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  /** Whether the tokens were counted here, since the provider did not say: it may have billed a call that broke off. */
  estimated: boolean;
  /** The answer's text; null where none came whole. */
  answer: string | null;
};

/** An answer that was paid for. */
export type StoredAnswer = Pick<ModelCall, 'answer' | 'finishReason'> & { answer: string };

/** Where every call of a model is noted down, and what it answered is kept. All calls reject with StoreUnavailable. */
export interface ModelCallStore {
  /** The latest answer to the same call for this creation; null where there is none. */
  findAnswer(key: Pick<ModelCall, 'tenantId' | 'creationId' | 'requestHash'>): Promise<StoredAnswer | null>;
  /** What the calls for this creation have cost so far, in US dollars. */
  costSoFar(tenantId: TenantId, creationId: CreationId): Promise<number>;
  /**
   * In one transaction: the call, its cost on the creation, and in the sums of its tenant and day. Not fenced: it was paid all the
   * same. To note the same call down once more changes nothing. Of a creation that is gone only the sums remain.
   */
  record(call: ModelCall): Promise<void>;
}

/** A call that may not be made now. The creation waits without holding a slot, and no attempt is counted. */
export class ProviderBusy extends Error {
  override readonly name = 'ProviderBusy';
  readonly reason: 'provider_limited' | 'breaker_open';
  /** When to ask again. */
  readonly until: Date;
  /** Whether the provider itself has turned calls away; false where the call only waits its turn within the limits. */
  readonly blocked: boolean;

  constructor(
    reason: ProviderBusy['reason'],
    until: Date,
    message: string,
    { blocked = false }: { blocked?: boolean } = {},
  ) {
    super(message);
    this.reason = reason;
    this.until = until;
    this.blocked = blocked;
  }
}

/** The way to a provider, shared by all workers: its limits, its pauses, and the circuit breaker of each model. */
export interface ProviderGate {
  /** Resolves when this call may be made now. `tokens` says what it will use at most, and is asked where they are limited. @throws ProviderBusy */
  enter(model: ConfiguredModel, tokens: () => number): Promise<void>;
  /** What became of a call that was let in: null where it was answered. Never rejects. */
  report(model: ConfiguredModel, failure: CreationFailure | null): Promise<void>;
}
