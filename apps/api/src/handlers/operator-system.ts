import type { SystemState } from '@roleforge/contracts';
import { type Database, readSystemPause, switchSystem } from '@roleforge/db';
import type { CreationQueue } from '@roleforge/queue';
import { bringPauseIntoStep } from '@roleforge/steering';
import type { Input, Operator, Reply } from '../http/route.ts';

export type OperatorSystemNeeds = {
  database: Database;
  queue: CreationQueue;
  /** Has something done that the answer need not wait for. */
  behind: (work: () => Promise<void>) => void;
  clock: () => Date;
};

type Nothing = Input<unknown, unknown, unknown>;

/**
 * The operator's switch for all that is begun. The ledger's word holds; the queue follows it, and looks at it first, since somebody
 * may have switched again meanwhile. If Redis is away, the reconciler does the rest.
 */
export function operatorSystemHandlers({ database, queue, behind, clock }: OperatorSystemNeeds) {
  async function present(): Promise<Reply> {
    const since = await readSystemPause(database);
    const body: SystemState = { object: 'system', paused: since !== null, pausedAt: since?.toISOString() ?? null };
    return { status: 200, body };
  }

  async function set(operator: Operator, paused: boolean): Promise<Reply> {
    await switchSystem(database, operator, { paused, now: clock() });
    behind(async () => void (await bringPauseIntoStep({ database, queue })));
    return present();
  }

  return {
    read: (_: Nothing) => present(),
    pause: (_: Nothing, operator: Operator) => set(operator, true),
    resume: (_: Nothing, operator: Operator) => set(operator, false),
  };
}
