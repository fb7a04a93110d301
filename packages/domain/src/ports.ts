import type {
  CreationId,
  CreationStatus,
  CreationStep,
  Degradation,
  InlineSources,
  Priority,
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
import type { SourceDigests } from './provenance.ts';

/** What a writer is given. */
export type WritingBrief = { sources: GatheredSources; strategy: Strategy; locale: string };

/** What a writer hands in. */
export type Draft = {
  profile: RoleProfile;
  provenance: Provenance;
  writer: Pick<WriterIdentity, 'kind' | 'provider' | 'model'>;
  usage: Usage;
};

/** Turns gathered sources into a role. */
export interface Writer {
  /**
   * One try: retrying is the caller's business.
   * @throws CreationFailure with a provider's or a draft's code
   * @throws the signal's reason once it is aborted, as soon as possible
   */
  write(brief: WritingBrief, signal: AbortSignal): Promise<Draft>;
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
  /** How many of those a provider's limits ended. */
  limited: number;
  deadlineAt: Date | null;
  inlineSources: InlineSources | null;
};

export type TakeResult =
  | { kind: 'taken'; creation: TakenCreation }
  /** It ended before (done, cancelled or expired): the job has nothing left to do. */
  | { kind: 'ended' }
  /** It may not be worked on at present. */
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

/**
 * A worker's side of the ledger. Every call but `take` is fenced and rejects with AttemptSuperseded when the attempt no
 * longer owns the creation; then nothing was written. All reject with StoreUnavailable when MySQL does not answer.
 */
export interface AttemptLedger {
  take(tenantId: TenantId, id: CreationId): Promise<TakeResult>;
  reach(attempt: Attempt, step: CreationStep): Promise<void>;
  /** Notes what gathering came to, and goes on to `next`. */
  gathered(attempt: Attempt, next: CreationStep, outcomes: SourceOutcomes, degraded: Degradation[]): Promise<void>;
  /** Role version and final state in one transaction. Returns the version's number. */
  succeed(attempt: Attempt, role: FinishedRole): Promise<number>;
  /** Back to the queue after a failure, not to be taken before `at`. */
  retry(attempt: Attempt, failure: CreationFailure, at: Date): Promise<void>;
  /** Back to the queue without a failure: the worker is stopping. The attempt does not count. */
  release(attempt: Attempt): Promise<void>;
  fail(attempt: Attempt, failure: CreationFailure): Promise<void>;
  expire(attempt: Attempt, failure: CreationFailure): Promise<void>;
  /** The creation as it stands; null where it is gone. Not fenced. */
  read(tenantId: TenantId, id: CreationId): Promise<CreationRecord | null>;
}
