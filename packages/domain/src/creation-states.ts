import type { CreationStatus } from '@roleforge/contracts';

/**
 * Every legal change of a creation's state, and the only place that says so: the ledger's statements take their
 * `WHERE status IN (…)` from here.
 *
 *   scheduled ─┐
 *              ├─ take ─► running ─ succeed ─► succeeded
 *   queued ────┘           │  ├─── fail ────► failed
 *    │ ▲                   │  └─── expire ──► expired
 *    │ └── retry, release ─┘
 *    └─ cancel (scheduled, held too) ───────► cancelled
 *
 * `take` of a running creation is the recovery of one whose worker died; the epoch on its row shuts the old worker out.
 */
const TRANSITIONS = {
  take: { from: ['scheduled', 'queued', 'running'], to: 'running' },
  /** An attempt failed and another will follow after a pause. */
  retry: { from: ['running'], to: 'queued' },
  /** A stopping worker gives back what it could not finish. */
  release: { from: ['running'], to: 'queued' },
  succeed: { from: ['running'], to: 'succeeded' },
  fail: { from: ['running'], to: 'failed' },
  /** The deadline passed, before an attempt had begun anything or during one. */
  expire: { from: ['running'], to: 'expired' },
  /** Its owner does not want it any more, and nobody has begun. */
  cancel: { from: ['scheduled', 'queued', 'held'], to: 'cancelled' },
} as const satisfies Record<string, { from: readonly CreationStatus[]; to: CreationStatus }>;

export type Transition = keyof typeof TRANSITIONS;

/** States after which nothing more happens by itself. */
export const TERMINAL_STATES = ['succeeded', 'failed', 'cancelled', 'expired'] as const satisfies CreationStatus[];

export function isTerminal(status: CreationStatus): boolean {
  return (TERMINAL_STATES as readonly CreationStatus[]).includes(status);
}

/** Whether a creation in this state waits to be taken or to be released. */
export function isWaiting(status: CreationStatus): boolean {
  return status === 'scheduled' || status === 'queued' || status === 'held';
}

/** The states in which `transition` is allowed, for a conditional UPDATE. */
export function statesAllowing(transition: Transition): CreationStatus[] {
  return [...TRANSITIONS[transition].from];
}

/** The state to which `transition` leads, from wherever it is allowed. */
export function stateAfter(transition: Transition): CreationStatus {
  return TRANSITIONS[transition].to;
}

/** Whether `transition` is allowed in `from`. */
export function allows(from: CreationStatus, transition: Transition): boolean {
  return statesAllowing(transition).includes(from);
}
