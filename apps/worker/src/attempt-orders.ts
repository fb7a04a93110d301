import type { CreationId } from '@roleforge/contracts';
import type { AttemptLedger } from '@roleforge/domain';
import type { AttemptInHand } from './attempt-in-hand.ts';

/** How often the ledger is asked about the attempts in hand, in milliseconds: so long does a lost message go unnoticed. */
const LOOK_EVERY_MS = 1_000;

type Needs = {
  ledger: Pick<AttemptLedger, 'orders'>;
  onError: (error: unknown) => void;
  lookEveryMs?: number;
};

export type AttemptOrders = {
  /** Has an attempt obey the ledger from now on; returns the way to end that. */
  follow(attempt: AttemptInHand): () => void;
  /** The attempts that are followed. */
  inHand(): Iterable<AttemptInHand>;
  /** Looks at a creation's row at once, if it is in hand here. */
  look(id: CreationId): void;
  stop(): void;
};

/**
 * Keeps the attempts in hand to what the ledger says: that its owner wants a creation cancelled, or that it belongs to another
 * attempt by now. One read a second for all of them, whatever messages were lost; a worker that was frozen learns by it too.
 */
export function startAttemptOrders({ ledger, onError, lookEveryMs = LOOK_EVERY_MS }: Needs): AttemptOrders {
  const inHand = new Set<AttemptInHand>();
  let looking = false;

  async function lookAt(attempts: readonly AttemptInHand[]): Promise<void> {
    try {
      for (const { creationId, epoch, order } of await ledger.orders(attempts.map(({ creation }) => creation)))
        for (const attempt of inHand)
          if (attempt.creation.creationId === creationId && attempt.creation.epoch === epoch) attempt.obey(order);
    } catch (error) {
      // Next time will do; that MySQL is away is noticed by those who write to it.
      onError(error);
    }
  }

  const timer = setInterval(() => {
    if (looking || inHand.size === 0) return;
    looking = true;
    void lookAt([...inHand]).finally(() => {
      looking = false;
    });
  }, lookEveryMs);

  return {
    follow(attempt) {
      inHand.add(attempt);
      return () => void inHand.delete(attempt);
    },
    inHand: () => inHand,
    look(id) {
      const attempts = [...inHand].filter(({ creation }) => creation.creationId === id);
      if (attempts.length > 0) void lookAt(attempts);
    },
    stop: () => clearInterval(timer),
  };
}
