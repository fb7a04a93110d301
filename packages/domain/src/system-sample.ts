import type { CreationStatus, Priority, WorkerPhase } from '@roleforge/contracts';

/*
 * How the system as a whole stood at one moment, as far as it could be told. A part is null where whoever knows it did not answer.
 */

/** The creations' queue. */
export type QueueSample = {
  paused: boolean;
  /** Wait their turn. */
  waiting: number;
  /** Wait for a time. */
  scheduled: number;
  /** Wait until others of their tenant end. */
  parked: number;
  /** In a worker's hand. */
  active: number;
  /** The most urgent one first. `oldestAgeMs` is that of those that wait their turn, 0 where none does. */
  classes: readonly { priority: Priority; waiting: number; oldestAgeMs: number }[];
};

/** A worker process. What is null its release does not say. */
export type WorkerSample = {
  /** Names no host. */
  id: string;
  phase: WorkerPhase;
  version: string | null;
  startedAt: Date | null;
  concurrency: number | null;
  inHand: { gathering: number; writing: number; saving: number } | null;
  longestInHandMs: number | null;
};

/** What all processes together have done, of late. */
export type PaceSample = {
  startsPerSecond: number;
  endsPerSecond: number;
  acceptsPerSecond: number;
  spanSeconds: number;
  /** By span, the oldest first; the present one, which is not over, is not among them. */
  recent: readonly { starts: number; ends: number }[];
  /** How long creations waited from when they could be begun, and how long requests to be committed. */
  pickups: readonly number[];
  accepts: readonly number[];
};

export const UNFINISHED_STATES = [
  'scheduled',
  'queued',
  'held',
  'running',
  'cancelling',
] as const satisfies CreationStatus[];
export type UnfinishedStatus = (typeof UNFINISHED_STATES)[number];

/** Unfinished creations by the ledger. `atLeast`: there are more of some state than were counted. */
export type LedgerSample = Record<UnfinishedStatus, number> & {
  /** Those among the queued and scheduled ones of which nothing is to be begun: their jobs are off the queue. */
  stopped: number;
  atLeast: boolean;
};

/** Messages to tenants' receivers that are still to be delivered. */
export type WebhookSample = { pending: number; due: number; oldestDueMs: number; atLeast: boolean };

/** A configured model, and what its calls have come to. */
export type ProviderSample = {
  provider: string;
  model: string;
  breaker: 'closed' | 'half_open' | 'open';
  openUntil: Date | null;
  limitedUntil: Date | null;
};

/** `maxBytes` is 0 where there is no limit. */
export type MemorySample = { usedBytes: number; maxBytes: number; evictionPolicy: string };

export type SystemSample = {
  at: Date;
  mysql: boolean;
  redis: boolean;
  /** Since when the operator has nothing begun; null where that is not so, or not known. */
  pausedSince: Date | null;
  queue: QueueSample | null;
  workers: readonly WorkerSample[] | null;
  pace: PaceSample | null;
  ledger: LedgerSample | null;
  webhooks: WebhookSample | null;
  providers: readonly ProviderSample[] | null;
  memory: MemorySample | null;
  /** What calls of models have cost in the present month, in US dollars. */
  monthCostUsd: number | null;
};
