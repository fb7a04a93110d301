import { type Database, readSystemPause } from '@roleforge/db';
import type { CreationQueue } from '@roleforge/queue';

type Needs = { database: Database; queue: Pick<CreationQueue, 'isPaused' | 'setPaused'> };

/**
 * Pauses the queue, or lets it go on, as the ledger's switch for the whole system says; true where that was not so. The ledger
 * decides: until the queue follows, a job that comes up is put off. Rejects when either does not answer.
 */
export async function bringPauseIntoStep({ database, queue }: Needs): Promise<boolean> {
  const [wanted, paused] = [(await readSystemPause(database)) !== null, await queue.isPaused()];
  if (wanted === paused) return false;
  await queue.setPaused(wanted);
  return true;
}
