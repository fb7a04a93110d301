import { type Acceptance, type NewCreation, StoreUnavailable, type Submission } from '@roleforge/domain';
import type { QueuedCreation } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
import { createHeldKeys } from './held-keys.ts';
import { unavailable } from './http/problem.ts';
import type { ApiObserver } from './observer.ts';
import { createWaitingLanes } from './waiting-lanes.ts';

/** Most creations that are enqueued at once. */
const MOST_ENQUEUED = 500;
/**
 * Most bytes that wait to be committed or are being committed. What is held for them on the heap is several times as much, and a
 * process has but so much; a ledger that is so far behind makes the callers wait for longer than they will.
 */
const MOST_HELD_BYTES = 64 * 1_048_576;
/** What a creation takes beside the body: its record, and its part of the answer. */
const BYTES_OF_CREATION = 1_024;
const FULL = 'Too much waits to be written to the database. Nothing was accepted: try again later.';
/** Most creations that wait to be enqueued while Redis is slow or away; beyond that the reconciler brings them. */
const MOST_UNQUEUED = 20_000;

type Ports = {
  /** Commits those that are the first with their key, or have none: all of them or none. @throws StoreUnavailable */
  commit(submissions: readonly Submission[]): Promise<readonly Acceptance[]>;
  enqueue(creations: readonly QueuedCreation[]): Promise<void>;
  /**
   * Hears of creations whose commit did not answer: they are refused, and must not come to life later. Those that came with
   * a key are not among them: their callers are to repeat the request, and may have been promised by then, perhaps
   * through another process, what a withdrawal would delete.
   */
  onRefused(creations: readonly NewCreation[]): void;
  observer: Pick<ApiObserver, 'committed'>;
  log: Logger;
};

export type Intake = {
  /**
   * Resolves when the submission's creations are committed to the ledger together, or when it is known that they are not to
   * be, since its key came before. What was committed is put on the queue right after, with the others of its group; if that
   * fails it stays accepted, and the reconciler puts it there.
   * @param bytes of the request's body, and of the answer that is kept
   * @throws StoreUnavailable
   * @throws RequestProblem 503 where too much waits already
   */
  accept(submission: Submission, bytes: number): Promise<Acceptance>;
  /** Resolves when all that was accepted is committed and, if Redis answers, enqueued. */
  drain(): Promise<void>;
  /** How many submissions wait to be committed, or are being committed. */
  inFlight(): number;
};

type Waiting = {
  submission: Submission;
  bytes: number;
  resolve: (acceptance: Acceptance) => void;
  reject: (error: unknown) => void;
};

/**
 * Group commit. Requests that arrive while a commit is on its way wait together and make up the next one, so that under
 * load one flush to disk serves many, and an idle system commits each at once: there is no timer. Enqueueing works the
 * same way beside it, a group behind.
 */
export function createIntake({ commit, enqueue, onRefused, observer, log }: Ports): Intake {
  const waiting = createWaitingLanes<Waiting>();
  const heldKeys = createHeldKeys(() => performance.now());
  let heldBytes = 0;
  let inFlight = 0;
  const unqueued: NewCreation[] = [];
  let committing: Promise<void> | null = null;
  let enqueueing: Promise<void> | null = null;

  return {
    async accept(submission, bytes) {
      const { idempotency, creations } = submission;
      if (idempotency !== null && heldKeys.has(idempotency)) return { kind: 'busy' };
      const held = bytes + BYTES_OF_CREATION * creations.length;
      if (heldBytes + held > MOST_HELD_BYTES) throw unavailable(FULL);
      heldBytes += held;
      inFlight += 1;
      try {
        return await new Promise((resolve, reject) => {
          waiting.add({ submission, bytes, resolve, reject });
          committing ??= commitAll().finally(() => {
            committing = null;
          });
        });
      } finally {
        heldBytes -= held;
        inFlight -= 1;
      }
    },
    async drain() {
      while (committing !== null || enqueueing !== null) await Promise.all([committing, enqueueing]);
    },
    inFlight: () => inFlight,
  };

  async function commitAll(): Promise<void> {
    while (waiting.size > 0) {
      const group = waiting.nextGroup();
      try {
        await commitGroup(group);
      } catch (error) {
        if (error instanceof StoreUnavailable) refuseUncertain(group, error);
        else await commitEach(group, error);
      }
    }
  }

  async function commitGroup(group: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    const outcomes = await commit(group.map(({ submission }) => submission)).finally(() =>
      observer.committed(group.length, performance.now() - startedAt),
    );
    for (const [index, { submission, resolve }] of group.entries()) {
      const outcome = outcomes[index] as Acceptance;
      resolve(outcome);
      if (outcome.kind === 'accepted') passOn(submission.creations);
      if (outcome.kind === 'busy' && submission.idempotency !== null) heldKeys.add(submission.idempotency);
    }
  }

  /** One bad row must not take the others with it. */
  async function commitEach(group: readonly Waiting[], groupError: unknown): Promise<void> {
    if (group.length === 1) return refuse(group, groupError);
    for (const [index, one] of group.entries()) {
      try {
        await commitGroup([one]);
      } catch (error) {
        refuse([one], error);
        if (!(error instanceof StoreUnavailable)) continue;
        refuse(group.slice(index + 1), error);
        return refuseUncertain([one], error);
      }
    }
  }

  /** The ledger is away. Those who wait are refused with the group, so that nobody waits twice. */
  function refuseUncertain(group: readonly Waiting[], error: StoreUnavailable): void {
    const uncertain = group.flatMap(({ submission: { idempotency, creations } }) =>
      idempotency === null ? creations : [],
    );
    if (uncertain.length > 0) onRefused(uncertain);
    refuse([...group, ...waiting.takeAll()], error);
  }

  function passOn(creations: readonly NewCreation[]): void {
    if (unqueued.length < MOST_UNQUEUED) unqueued.push(...creations);
    enqueueing ??= enqueueAll().finally(() => {
      enqueueing = null;
    });
  }

  async function enqueueAll(): Promise<void> {
    while (unqueued.length > 0) {
      const group = unqueued.splice(0, MOST_ENQUEUED);
      try {
        await enqueue(group);
      } catch (error) {
        log.warn('accepted, but not enqueued: the reconciler will do it', { creations: group.length, error });
      }
    }
  }
}

function refuse(group: readonly Waiting[], error: unknown): void {
  for (const { reject } of group) reject(error);
}
