import type { CreationEvent, CreationId, CreationStatus, Priority, TenantId } from '@roleforge/contracts';
import {
  cancelCreation,
  changePriority,
  type Database,
  findCreation,
  pauseCreation,
  restartCreation,
  resumeCreation,
  type Steered,
} from '@roleforge/db';
import { type CreationRecord, presentCreation } from '@roleforge/domain';
import type { CreationQueue, EventLog, NewEvent } from '@roleforge/queue';
import type { NotifyEnd } from './notify-end.ts';
import { putBack } from './put-back.ts';

export type SteeringNeeds = {
  database: Database;
  queue: CreationQueue;
  events: EventLog;
  /** Makes the worker that has a creation in hand look at its row. */
  tellWorker: (id: CreationId) => Promise<void>;
  /** Has the webhooks about a creation that was cancelled sent. */
  notifyEnd: NotifyEnd;
  /** Hears of each creation that was cancelled while it waited. */
  onEnd?: (record: CreationRecord) => void;
  clock: () => Date;
};

/** What became of a wish, and the creation as it stands now; null where the tenant has none under this id. */
export type SteeredCreation = { outcome: Steered; record: CreationRecord } | null;

/**
 * What the owner of a creation can do with it. The ledger decides, and after that the wish holds; queue, worker and followers
 * are told so that it is quick, and if Redis is away the reconciler and the worker's own looks at the ledger bring it about.
 * `asked` means that a worker has the creation in hand and will answer. All reject with StoreUnavailable when MySQL does not answer.
 */
export type Steering = {
  cancel(tenantId: TenantId, id: CreationId): Promise<SteeredCreation>;
  pause(tenantId: TenantId, id: CreationId): Promise<SteeredCreation>;
  resume(tenantId: TenantId, id: CreationId): Promise<SteeredCreation>;
  retry(tenantId: TenantId, id: CreationId): Promise<SteeredCreation>;
  changePriority(tenantId: TenantId, id: CreationId, priority: Priority): Promise<SteeredCreation>;
};

const WAITING_A_TURN = ['queued', 'scheduled'] as const satisfies CreationStatus[];

export function createSteering(needs: SteeringNeeds): Steering {
  const { database, queue, events, tellWorker, notifyEnd, onEnd = () => {}, clock } = needs;
  /** Redis is told, but not waited for when it is away. */
  const told = (...messages: Promise<unknown>[]) => Promise.allSettled(messages);

  /** A creation that was never begun, and has not gone on after a pause or an end, has had no event that is in the log. */
  const announce = (record: CreationRecord, type: CreationEvent['type'], data: object = { status: record.status }) =>
    events.append(record.id, { type, data } as NewEvent, {
      continues: record.history.length > 0 || type === 'role_creation.queued',
    });

  /** Its owner may erase it as soon as it has ended: what was appended after that would outlive the erasure. */
  const announceEnd = async (record: CreationRecord) => {
    await announce(record, 'role_creation.cancelled', presentCreation(record));
    if ((await findCreation(database, record.tenantId, record.id)) === null) await events.remove([record.id]);
  };

  async function carryOut(
    tenantId: TenantId,
    id: CreationId,
    wish: () => Promise<Steered>,
    leadsTo: readonly CreationStatus[],
    onDone: (record: CreationRecord) => Promise<unknown>,
  ): Promise<SteeredCreation> {
    const outcome = await wish();
    const record = await findCreation(database, tenantId, id);
    if (record === null) return null;
    // Steered otherwise by now, or begun: what is to be told is another's to tell.
    if (outcome === 'done' && leadsTo.includes(record.status)) await onDone(record);
    if (outcome === 'asked') await told(tellWorker(id));
    return { outcome, record };
  }

  /** Told before it can be taken, so that nobody hears first that it runs. */
  const backToQueue = async (record: CreationRecord) => {
    await told(announce(record, 'role_creation.queued'));
    await told(putBack(queue, [record]));
  };

  return {
    cancel: (tenantId, id) =>
      carryOut(
        tenantId,
        id,
        () => cancelCreation(database, { tenantId, id }, clock()),
        ['cancelled'],
        record => {
          onEnd(record);
          return told(queue.remove(id), announceEnd(record), notifyEnd(tenantId, id));
        },
      ),

    pause: (tenantId, id) =>
      carryOut(
        tenantId,
        id,
        () => pauseCreation(database, { tenantId, id }),
        ['held'],
        record => told(queue.remove(id), announce(record, 'role_creation.held')),
      ),

    resume: (tenantId, id) =>
      carryOut(tenantId, id, () => resumeCreation(database, { tenantId, id }, clock()), WAITING_A_TURN, backToQueue),

    retry: (tenantId, id) =>
      carryOut(
        tenantId,
        id,
        async () => ((await restartCreation(database, { tenantId, id }, clock())) ? 'done' : 'refused'),
        WAITING_A_TURN,
        backToQueue,
      ),

    changePriority: (tenantId, id, priority) =>
      carryOut(
        tenantId,
        id,
        async () => ((await changePriority(database, { tenantId, id }, priority)) ? 'done' : 'refused'),
        WAITING_A_TURN,
        () => told(queue.changePriority(id, priority)),
      ),
  };
}
