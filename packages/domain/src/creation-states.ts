import type { CreationStatus } from '@roleforge/contracts';

/**
 * Every legal change of a creation's state, and the only place that says so: the ledger's statements take their
 * `WHERE status IN (…)` from here.
 *
 *   scheduled ─┐
 *              ├─ take ─► running ─ succeed ─► succeeded
 *   queued ────┘           │  ├─── fail ────► failed
 *      ▲                   │  └─── expire ──► expired
 *      └── retry, release ─┘
 *
 * `take` of a running creation is the recovery of one whose worker died; the epoch on its row shuts the old worker out.
 */
const TRANSITIONS = {
  take: { scheduled: 'running', queued: 'running', running: 'running' },
  /** An attempt failed and another will follow after a pause. */
  retry: { running: 'queued' },
  /** A stopping worker gives back what it could not finish. */
  release: { running: 'queued' },
  succeed: { running: 'succeeded' },
  fail: { running: 'failed' },
  /** The deadline passed, before or during an attempt. */
  expire: { scheduled: 'expired', queued: 'expired', held: 'expired', running: 'expired' },
} as const satisfies Record<string, Partial<Record<CreationStatus, CreationStatus>>>;

export type Transition = keyof typeof TRANSITIONS;

/** States after which nothing more happens by itself. */
export const TERMINAL_STATES = ['succeeded', 'failed', 'cancelled', 'expired'] as const satisfies CreationStatus[];

export function isTerminal(status: CreationStatus): boolean {
  return (TERMINAL_STATES as readonly CreationStatus[]).includes(status);
}

/** Where `transition` leads from `from`; null where it is not allowed. */
export function nextState(from: CreationStatus, transition: Transition): CreationStatus | null {
  const table: Partial<Record<CreationStatus, CreationStatus>> = TRANSITIONS[transition];
  return table[from] ?? null;
}

/** The states in which `transition` is allowed, for a conditional UPDATE. */
export function statesAllowing(transition: Transition): CreationStatus[] {
  return Object.keys(TRANSITIONS[transition]) as CreationStatus[];
}
