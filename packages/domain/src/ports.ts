import type {
  CreationId,
  CreationStatus,
  CreationStep,
  Degradation,
  FailureCode,
  InlineSources,
  Priority,
  ProfilePart,
  Provenance,
  RoleId,
  RoleProfile,
  SourceDocuments,
  SourceKind,
  SourceOutcomes,
  Strategy,
  StrategyId,
  TaskId,
  TenantId,
  Usage,
  WriterIdentity,
} from '@roleforge/contracts';
import type { CreationRecord } from './creation-record.ts';
import type { CreationFailure } from './failures.ts';
import type { GatheredSources } from './gather-decision.ts';
import type { ConfiguredModel } from './model-catalog.ts';
import type { SourceDigests } from './provenance.ts';
import type { FailureCounts } from './retry-decision.ts';

/** What a writer is given. */
export type WritingBrief = { sources: GatheredSources; strategy: Strategy; locale: string };

/** What a writer hands in. */
export type Draft = {
  profile: RoleProfile;
  provenance: Provenance;
  writer: Pick<WriterIdentity, 'kind' | 'provider' | 'model'>;
  usage: Usage;
  /** What the writer went without; absent where nothing. */
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
  /** In one transaction: the call, its cost on the creation, and in the sums of its tenant and day. Not fenced: it was paid all the same. */
  record(call: ModelCall): Promise<void>;
}

/** A call that may not be made now. The creation waits without holding a slot, and no attempt is counted. */
export class ProviderBusy extends Error {
  override readonly name = 'ProviderBusy';
  readonly reason: 'provider_limited' | 'breaker_open';
  /** When to ask again. */
  readonly until: Date;

  constructor(reason: ProviderBusy['reason'], until: Date, message: string) {
    super(message);
    this.reason = reason;
    this.until = until;
  }
}

/** The way to a provider, shared by all workers: its limits, its pauses, and the circuit breaker of each model. */
export interface ProviderGate {
  /** Resolves when this call may be made now. `tokens` is what it will use at most. @throws ProviderBusy */
  enter(model: ConfiguredModel, tokens: number): Promise<void>;
  /** What became of a call that was let in: null where it was answered. Never rejects. */
  report(model: ConfiguredModel, failure: CreationFailure | null): Promise<void>;
}

/** A stored source: the document as it was put, and its SHA-256 in hex. */
export type StoredSource<K extends SourceKind> = { document: SourceDocuments[K]; digest: string; updatedAt: Date };

export interface SourceReader {
  /** Null where the task has no such source. One document is read as it was put, never half of two. @throws StoreUnavailable */
  readSource<K extends SourceKind>(tenantId: TenantId, taskId: TaskId, kind: K): Promise<StoredSource<K> | null>;
}

export interface StrategyReader {
  /** The latest version under this name: the tenant's own, else the system's; null where neither has one. */
  latestStrategy(tenantId: TenantId, id: StrategyId): Promise<Strategy | null>;
}

/** What gathering came to: all that the later steps need, so that a further attempt need not gather again. */
export type Gathered = { sources: GatheredSources; strategy: Strategy; locale: string; digests: SourceDigests };

/** The finished steps of earlier attempts. */
export type Checkpoint = { gathered: Gathered | null; draft: Draft | null };

/** A worker's hold on a creation. `epoch` fences it: a write under an older epoch than the row's changes nothing. */
export type Attempt = { tenantId: TenantId; creationId: CreationId; epoch: number };

/** A creation that this worker may now work on. */
export type TakenCreation = Attempt & {
  taskId: TaskId;
  roleId: RoleId;
  strategyId: StrategyId;
  priority: Priority;
  /** How often it has been taken, this time included. */
  attempts: number;
  /** How many attempts each kind of failure has ended before this one. */
  failures: FailureCounts;
  deadlineAt: Date | null;
  inlineSources: InlineSources | null;
  /** Where this attempt goes on from. */
  checkpoint: Checkpoint;
};

export type TakeResult =
  | { kind: 'taken'; creation: TakenCreation }
  /** It ended before (done, cancelled or expired): the job has nothing left to do. */
  | { kind: 'ended' }
  /** It ended just now: its deadline had passed, or its cancelling had lost the worker that was to answer. */
  | { kind: 'endedByTaking' }
  /** It may not be worked on at present: its owner holds it, or all of the tenant's. */
  | { kind: 'unavailable'; status: CreationStatus }
  /** The ledger has no such creation. */
  | { kind: 'unknown' };

/** The role version that an attempt has made. */
export type FinishedRole = {
  tenantId: TenantId;
  taskId: TaskId;
  roleId: RoleId;
  locale: string;
  strategy: Pick<Strategy, 'id' | 'version'>;
  draft: Draft;
  /** Digests of the stored sources that went into it. */
  digests: SourceDigests;
};

/** What is noted down of an attempt that ends: where it had come to, and what it had spent that is not noted down yet. */
export type AttemptEnd = { step: CreationStep; usage?: Usage | undefined };

/** Where an attempt that another is to follow leaves its creation: held, if its owner has asked for that meanwhile. */
export type BackToWait = 'queued' | 'held';

/** What the ledger says to an attempt in hand, where it is not to go on. */
export type AttemptOrder = {
  creationId: CreationId;
  epoch: number;
  /** `cancel`: its owner has asked for it; `letGo`: the attempt no longer owns the creation. */
  order: 'cancel' | 'letGo';
};

/**
 * A worker's side of the ledger. Every call with an attempt is fenced and rejects with AttemptSuperseded when the attempt no
 * longer owns the creation or its owner has asked for it to be cancelled; then nothing was written. All reject with
 * StoreUnavailable when MySQL does not answer.
 */
export interface AttemptLedger {
  take(tenantId: TenantId, id: CreationId): Promise<TakeResult>;
  /** Gathering has failed: notes what it came to. */
  gatheredInVain(attempt: Attempt, outcomes: SourceOutcomes): Promise<void>;
  /** Gathering is done: keeps what it came to, and goes on to writing. */
  gathered(attempt: Attempt, gathered: Gathered, outcomes: SourceOutcomes, degraded: Degradation[]): Promise<void>;
  /** Writing is done: keeps the draft and what it cost, and goes on to saving. */
  written(attempt: Attempt, draft: Draft): Promise<void>;
  /** Between two steps: makes the creation wait if its owner has asked for that, and says whether it does. */
  holdIfAsked(attempt: Attempt, end: AttemptEnd): Promise<boolean>;
  /** Role version and final state in one transaction. Returns the version's number. */
  succeed(attempt: Attempt, role: FinishedRole): Promise<number>;
  /** Back to the queue after a failure, not to be taken before `at`; held where its owner has asked for that meanwhile. */
  retry(attempt: Attempt, end: AttemptEnd, failure: CreationFailure, at: Date): Promise<BackToWait>;
  /** Back to the queue, or held as by `retry`, without a failure: the worker is stopping. The attempt does not count. */
  release(attempt: Attempt, end: AttemptEnd): Promise<BackToWait>;
  fail(attempt: Attempt, end: AttemptEnd, failure: CreationFailure): Promise<void>;
  expire(attempt: Attempt, end: AttemptEnd, failure: CreationFailure): Promise<void>;
  /** Its owner has asked for it to be cancelled, and the work has stopped. */
  concede(attempt: Attempt, end: AttemptEnd): Promise<void>;
  /** What these attempts are to do at once; those that may go on are not named. */
  orders(attempts: readonly Attempt[]): Promise<AttemptOrder[]>;
  /** The creation as it stands; null where it is gone. Not fenced. */
  read(tenantId: TenantId, id: CreationId): Promise<CreationRecord | null>;
}
