import { type NewCreation, StoreUnavailable } from '@roleforge/domain';
import type { QueuedCreation } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';

/** Most rows, and most bytes of bodies, in one statement: MariaDB takes packets of 16 MiB unless told otherwise. */
const MOST_ROWS = 500;
const MOST_BYTES = 8 * 1_048_576;
/** Most creations that wait to be enqueued while Redis is slow or away; beyond that the reconciler brings them. */
const MOST_UNQUEUED = 20_000;

type Ports = {
  /** Commits all of them or none. @throws StoreUnavailable */
  commit(creations: readonly NewCreation[]): Promise<void>;
  enqueue(creations: readonly QueuedCreation[]): Promise<void>;
  /** Hears of creations whose commit did not answer: they are refused, and must not come to life later. */
  onRefused(creations: readonly NewCreation[]): void;
  log: Logger;
};

export type Intake = {
  /**
   * Resolves when the creation is committed to the ledger. It is put on the queue right after, with the others of its
   * group; if that fails it stays accepted, and the reconciler puts it there.
   * @param bytes of the request's body
   * @throws StoreUnavailable
   */
  accept(creation: NewCreation, bytes: number): Promise<void>;
  /** Resolves when all that was accepted is committed and, if Redis answers, enqueued. */
  drain(): Promise<void>;
};

type Waiting = { creation: NewCreation; bytes: number; resolve: () => void; reject: (error: unknown) => void };

/**
 * Group commit. Requests that arrive while a commit is on its way wait together and make up the next one, so that under
 * load one flush to disk serves many, and an idle system commits each at once: there is no timer. Enqueueing works the
 * same way beside it, a group behind.
 */
export function createIntake({ commit, enqueue, onRefused, log }: Ports): Intake {
  const waiting: Waiting[] = [];
  const unqueued: NewCreation[] = [];
  let committing: Promise<void> | null = null;
  let enqueueing: Promise<void> | null = null;

  return {
    accept: (creation, bytes) =>
      new Promise((resolve, reject) => {
        waiting.push({ creation, bytes, resolve, reject });
        committing ??= commitAll().finally(() => {
          committing = null;
        });
      }),
    async drain() {
      while (committing !== null || enqueueing !== null) await Promise.all([committing, enqueueing]);
    },
  };

  async function commitAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = nextGroup();
      try {
        await commit(group.map(({ creation }) => creation));
        for (const { resolve } of group) resolve();
        passOn(group);
      } catch (error) {
        if (error instanceof StoreUnavailable) {
          onRefused(group.map(({ creation }) => creation));
          refuse(group.concat(waiting.splice(0)), error);
        } else await commitEach(group, error);
      }
    }
  }

  /** One bad row must not take the others with it. */
  async function commitEach(group: Waiting[], groupError: unknown): Promise<void> {
    if (group.length === 1) return refuse(group, groupError);
    for (const one of group) {
      try {
        await commit([one.creation]);
        one.resolve();
        passOn([one]);
      } catch (error) {
        refuse([one], error);
      }
    }
  }

  function nextGroup(): Waiting[] {
    let bytes = 0;
    const end = waiting.findIndex((one, index) => {
      bytes += one.bytes;
      return index > 0 && (index >= MOST_ROWS || bytes > MOST_BYTES);
    });
    return end === -1 ? waiting.splice(0) : waiting.splice(0, end);
  }

  function passOn(group: Waiting[]): void {
    if (unqueued.length < MOST_UNQUEUED) for (const { creation } of group) unqueued.push(creation);
    enqueueing ??= enqueueAll().finally(() => {
      enqueueing = null;
    });
  }

  async function enqueueAll(): Promise<void> {
    while (unqueued.length > 0) {
      const group = unqueued.splice(0, MOST_ROWS);
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
