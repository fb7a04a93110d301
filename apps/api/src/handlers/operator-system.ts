import { type ChangeLogLevel, SERVICE_NAMES, type SystemState } from '@roleforge/contracts';
import { type Database, noteAlone, readSystemPause, switchSystem } from '@roleforge/db';
import type { CreationQueue, LogLevels } from '@roleforge/queue';
import { bringPauseIntoStep } from '@roleforge/steering';
import { unavailable } from '../http/problem.ts';
import type { Input, Operator, Reply } from '../http/route.ts';

export type OperatorSystemNeeds = {
  database: Database;
  queue: CreationQueue;
  logLevels: LogLevels;
  /** Has something done that the answer need not wait for. */
  behind: (work: () => Promise<void>) => void;
  clock: () => Date;
};

type Nothing = Input<unknown, unknown, unknown>;

/**
 * The operator's switch for all that is begun. The ledger's word holds; the queue follows it, and looks at it first, since somebody
 * may have switched again meanwhile. If Redis is away, the reconciler does the rest.
 */
export function operatorSystemHandlers({ database, queue, logLevels, behind, clock }: OperatorSystemNeeds) {
  async function present(): Promise<Reply> {
    const [since, levels] = await Promise.all([readSystemPause(database), presentLevels()]);
    const body: SystemState = {
      object: 'system',
      paused: since !== null,
      pausedAt: since?.toISOString() ?? null,
      logLevels: levels,
    };
    return { status: 200, body };
  }

  async function set(operator: Operator, paused: boolean): Promise<Reply> {
    await switchSystem(database, operator, { paused, now: clock() });
    behind(async () => void (await bringPauseIntoStep({ database, queue })));
    return present();
  }

  async function presentLevels(): Promise<SystemState['logLevels']> {
    const read = Promise.all([logLevels.read('api'), logLevels.read('worker')]);
    return read.then(
      ([api, worker]) => ({ api, worker }),
      () => null,
    );
  }

  /** Noted first: an entry of what then did not come about is better than the other way round. */
  async function setLogLevel(
    { body: { level, service, untilSeconds } }: Input<unknown, unknown, ChangeLogLevel>,
    operator: Operator,
  ): Promise<Reply> {
    const services = service === undefined ? SERVICE_NAMES : [service];
    const until = new Date(clock().getTime() + untilSeconds * 1_000);
    const detail = { level, services, ...(level === null ? {} : { untilSeconds }) };
    await noteAlone(database, operator, { action: 'system.log_level_changed', tenantId: null, detail }, clock());
    try {
      for (const one of services)
        await (level === null ? logLevels.withdraw(one) : logLevels.order(one, { level, until }));
    } catch (error) {
      throw unavailable('Redis does not answer, by which the processes would hear of it. Try again.', error);
    }
    return present();
  }

  return {
    setLogLevel,
    read: (_: Nothing) => present(),
    pause: (_: Nothing, operator: Operator) => set(operator, true),
    resume: (_: Nothing, operator: Operator) => set(operator, false),
  };
}
