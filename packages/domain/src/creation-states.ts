import type { CreationStatus } from '@roleforge/contracts';

/**
 * Every legal change of a creation's state, and the only place that says so: the ledger's statements take their
 * `WHERE status IN (…)` and the states that they set from here.
 *
 *   scheduled ─┐
 *    │ │ ▲     ├─ take ──────────────────► running ─ succeed ─► succeeded
 *    │ │ │     │                           │ │ │ ├── fail ────► failed
 *    │ fallDue │  ┌──── retry, release ────┘ │ │ └── expire ──► expired
 *    │ ▼ │     │  ▼                          │ │
 *    │ queued ─┘ ◄─┘                         │ └ askToCancel ─► cancelling ─ concede ─► cancelled
 *    │ │  ▲  │                               │
 *    ▼ ▼  │  │                               │
 *    pause resume, postpone                  │
 *    │    │                                  │
 *    held ┴──────────────── hold ◄───────────┘
 *
 *   scheduled, queued, held ─ cancel ─► cancelled     scheduled, queued, held ─ lapse ─► expired
 *   failed, cancelled, expired ─ restart ─► queued,  ─ restartLater ─► scheduled
 *
 * `take` of a running creation is the recovery of one whose worker died; the epoch on its row shuts the old worker out.
 * `restart` is its owner's wish alone: by itself nothing leads out of a terminal state, and nothing ever out of success.
 */
const TRANSITIONS = {
  take: { from: ['scheduled', 'queued', 'running'], to: 'running' },
  /** Its `runAt` has come, and it waits its turn. */
  fallDue: { from: ['scheduled'], to: 'queued' },
  /** An attempt failed and another will follow after a pause. */
  retry: { from: ['running'], to: 'queued' },
  /** A stopping worker gives back what it could not finish, or one puts off what a provider does not take now. */
  release: { from: ['running'], to: 'queued' },
  succeed: { from: ['running'], to: 'succeeded' },
  fail: { from: ['running'], to: 'failed' },
  /** The deadline passed during an attempt, or before one had begun anything. */
  expire: { from: ['running'], to: 'expired' },
  /** The deadline passed while it waited, and no worker had it. */
  lapse: { from: ['scheduled', 'queued', 'held'], to: 'expired' },
  /** Its owner does not want it any more, and nobody has it in hand. */
  cancel: { from: ['scheduled', 'queued', 'held'], to: 'cancelled' },
  /** Its owner does not want it any more, and a worker has to answer first. */
  askToCancel: { from: ['running'], to: 'cancelling' },
  /** The worker has stopped; or it is gone, and nobody has to answer any more. */
  concede: { from: ['cancelling'], to: 'cancelled' },
  /** Its owner wants it to wait, and nobody has it in hand. */
  pause: { from: ['scheduled', 'queued'], to: 'held' },
  /** Its owner wants it to wait, and the worker that has it in hand has come to the end of a step. */
  hold: { from: ['running'], to: 'held' },
  resume: { from: ['held'], to: 'queued' },
  /** As `resume`, where `runAt` is still to come. */
  postpone: { from: ['held'], to: 'scheduled' },
  restart: { from: ['failed', 'cancelled', 'expired'], to: 'queued' },
  /** As `restart`, where `runAt` is still to come. */
  restartLater: { from: ['failed', 'cancelled', 'expired'], to: 'scheduled' },
} as const satisfies Record<string, { from: readonly CreationStatus[]; to: CreationStatus }>;

export type Transition = keyof typeof TRANSITIONS;

/** States after which nothing more happens by itself. */
export const TERMINAL_STATES = ['succeeded', 'failed', 'cancelled', 'expired'] as const satisfies CreationStatus[];

/** States in which a creation waits to be taken or to be released. */
export const WAITING_STATES = ['scheduled', 'queued', 'held'] as const satisfies CreationStatus[];

/** States in which the queue should hold the creation, waiting or in a worker's hand. */
export const DISPATCHED_STATES = ['scheduled', 'queued', 'running', 'cancelling'] as const satisfies CreationStatus[];

export function isTerminal(status: CreationStatus): boolean {
  return (TERMINAL_STATES as readonly CreationStatus[]).includes(status);
}

/** Whether a creation in this state waits to be taken or to be released. */
export function isWaiting(status: CreationStatus): boolean {
  return (WAITING_STATES as readonly CreationStatus[]).includes(status);
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

/** Whether some transition leads from one state to the other: for whoever watches a creation from outside. */
export function isLegalChange(from: CreationStatus, to: CreationStatus): boolean {
  return Object.values(TRANSITIONS).some(
    transition => transition.to === to && (transition.from as readonly CreationStatus[]).includes(from),
  );
}
