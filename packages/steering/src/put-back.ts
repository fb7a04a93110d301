import { setTimeout as pause } from 'node:timers/promises';
import type { CreationQueue, QueuedCreation } from '@roleforge/queue';

/** Waits between two looks at jobs that are still in a worker's hand, in milliseconds. */
const LET_GO_WITHIN_MS = [5, 20, 80, 320, 640];

/**
 * Has the queue hold these creations again. A worker that has just ended, held or put aside one of them may not have let go of its
 * job yet, which then leaves the queue: that one is looked at again until it has. What takes longer is left to the reconciler.
 */
export async function putBack(
  queue: Pick<CreationQueue, 'restore'>,
  creations: readonly QueuedCreation[],
): Promise<void> {
  let left = creations;
  for (const waitMs of [...LET_GO_WITHIN_MS, null]) {
    const { inHand } = await queue.restore(left);
    left = left.filter(({ id }) => inHand.has(id));
    if (left.length === 0 || waitMs === null) return;
    await pause(waitMs);
  }
}
