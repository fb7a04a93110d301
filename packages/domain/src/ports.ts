import type {
  CreationId,
  CreationStatus,
  CreationStep,
  Degradation,
  InlineSources,
  Priority,
  Regenerated,
  Regeneration,
  RoleId,
  SourceKind,
  SourceOutcomes,
  Strategy,
  StrategyId,
  TaskId,
  TenantId,
} from '@roleforge/contracts';
import type { CreationRecord } from './creation-record.ts';
import type { CreationFailure } from './failures.ts';
import type { GatheredSources } from './gather-decision.ts';
import type { PartDigests, SourceDigests } from './provenance.ts';
import type { FailureCounts } from './retry-decision.ts';
import type { RoleVersionRecord } from './role-record.ts';
import type { SourceCopy, StoredSource } from './source-copy.ts';
import type { Draft, ProviderBusy } from './writing.ts';

export interface SourceReader {
  /** Null where the task has no such source. One document is read as it was put, never half of two. @throws StoreUnavailable */
  readSource<K extends SourceKind>(tenantId: TenantId, taskId: TaskId, kind: K): Promise<StoredSource<K> | null>;
}

export interface RoleReader {
  /** Null where the role has no such version. @throws StoreUnavailable */
  readVersion(tenantId: TenantId, roleId: RoleId, version: number): Promise<RoleVersionRecord | null>;
}

export interface SourceCopyReader {
  /** @throws StoreUnavailable where MySQL does not answer and no copy of a source that was there is left */
  readCopy<K extends SourceKind>(tenantId: TenantId, taskId: TaskId, kind: K): Promise<SourceCopy<K>>;
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
  /** As in WritingContext. */
  generation: number;
  deadlineAt: Date | null;
  inlineSources: InlineSources | null;
  /** Which parts of which version are to be rewritten; null where the whole role is to be written. */
  regenerate: Regeneration | null;
  /** Whether it was put off when it was last in hand: its followers know it as waiting. */
  putOff: boolean;
  /** Since when it could have been begun, where this is its first start since its owner asked for it; null for any other. */
  waitedSince: Date | null;
  /** Where this attempt goes on from. */
  checkpoint: Checkpoint;
};

export type TakeResult =
  | { kind: 'taken'; creation: TakenCreation }
  /** It ended before (done, cancelled or expired): the job has nothing left to do. */
  | { kind: 'ended' }
  /** It ended just now: its deadline had passed, or its cancelling had lost the worker that was to answer. */
  | { kind: 'endedByTaking' }
  /** It may not be worked on at present: its owner holds it, or all of the tenant's, or the tenant is suspended. */
  | { kind: 'unavailable'; status: CreationStatus }
  /** Nothing is begun for anybody at present. */
  | { kind: 'systemPaused' }
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
  /** Where some parts were kept from an earlier version. */
  revised?: RevisedRole;
};

/** What a role version has of the one that its kept parts come from. */
export type RevisedRole = {
  regenerated: Regenerated;
  /** Digests behind the kept parts, where they differ from those of the new ones. */
  partDigests: PartDigests;
  /** Who provided the model that wrote any of it; null where none did. */
  aiProvider: string | null;
};

/** What is noted down of an attempt that ends: where it had come to. */
export type AttemptEnd = { step: CreationStep };

/** Why an attempt is put off, and until when. */
export type PutOff = Pick<ProviderBusy, 'reason' | 'until' | 'message'>;

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
  /** Writing is done: keeps the draft, and goes on to saving. */
  written(attempt: Attempt, draft: Draft): Promise<void>;
  /** Between two steps: makes the creation wait if its owner has asked for that, and says whether it does. */
  holdIfAsked(attempt: Attempt, end: AttemptEnd): Promise<boolean>;
  /**
   * Role version and final state in one transaction. Returns the version's number.
   * @throws CreationFailure base_version_missing where the version that it keeps parts of is gone; then nothing was written
   */
  succeed(attempt: Attempt, role: FinishedRole): Promise<number>;
  /** Back to the queue after a failure, not to be taken before `at`; held where its owner has asked for that meanwhile. */
  retry(attempt: Attempt, end: AttemptEnd, failure: CreationFailure, at: Date): Promise<BackToWait>;
  /** Back to the queue, or held as by `retry`, without a failure: the worker is stopping. The attempt does not count. */
  release(attempt: Attempt, end: AttemptEnd): Promise<BackToWait>;
  /**
   * Back to the queue, or held as by `retry`, until a provider takes calls again. The attempt does not count and leaves no line in
   * the history; why it waits is on the creation as its error.
   */
  putOff(attempt: Attempt, why: PutOff): Promise<BackToWait>;
  fail(attempt: Attempt, end: AttemptEnd, failure: CreationFailure): Promise<void>;
  expire(attempt: Attempt, end: AttemptEnd, failure: CreationFailure): Promise<void>;
  /** Its owner has asked for it to be cancelled, and the work has stopped. */
  concede(attempt: Attempt, end: AttemptEnd): Promise<void>;
  /** What these attempts are to do at once; those that may go on are not named. */
  orders(attempts: readonly Attempt[]): Promise<AttemptOrder[]>;
  /** The creation as it stands; null where it is gone. Not fenced. */
  read(tenantId: TenantId, id: CreationId): Promise<CreationRecord | null>;
}
