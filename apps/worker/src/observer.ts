import type { DeliveryOutcomeCode, Priority, SourceKind } from '@roleforge/contracts';
import type { CreationFailure, CreationRecord, SourceOrigin } from '@roleforge/domain';
import type { ReconcileReport } from './reconcile.ts';

/** A step whose length is told. */
export type TimedStep = 'gathering' | 'writing' | 'saving';

/** Why a creation is put off without an attempt being counted. */
export type PutOffReason = 'provider_limited' | 'breaker_open' | 'store_unavailable' | 'system_paused';

/** Hears what happens in the worker, to count it. It never throws. Calls of models are told by the writer besides. */
export type WorkerObserver = {
  /** A creation was begun for the first time, so long after it could be. */
  pickedUp(priority: Priority, ms: number): void;
  /** A step was carried out to its end. */
  stepDone(step: TimedStep, ms: number): void;
  /** A creation came to its end, whoever brought that about. */
  ended(creation: Pick<CreationRecord, 'status' | 'createdAt' | 'finishedAt'>): void;
  sourceRead(source: SourceKind, from: SourceOrigin, ms: number): void;
  /** An attempt failed, and another follows. */
  retried(failure: Pick<CreationFailure, 'owner' | 'code'>): void;
  putOff(reason: PutOffReason): void;
  /** A try at a delivery was made. */
  delivered(outcome: DeliveryOutcomeCode, ms: number): void;
  /** Ledger and queue were compared. */
  reconciled(report: ReconcileReport, ms: number): void;
};

/** Counts nothing. */
export const unobserved: WorkerObserver = {
  pickedUp() {},
  stepDone() {},
  ended() {},
  sourceRead() {},
  retried() {},
  putOff() {},
  delivered() {},
  reconciled() {},
};
