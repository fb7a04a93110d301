import type { CreationId, CreationStatus, RoleId, TaskId, TenantId } from '@roleforge/contracts';
import { type Database, endedOfTask, eraseCreation, eraseRole } from '@roleforge/db';
import type { CreationQueue, EventLog } from '@roleforge/queue';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type ErasingNeeds = { database: Database; queue: CreationQueue; events: EventLog };

/**
 * The calls by which an owner erases what is stored. The ledger decides, and is erased first; what Redis holds besides goes at once
 * if Redis answers, and otherwise expires by itself.
 */
export function erasingHandlers({ database, queue, events }: ErasingNeeds) {
  async function forgetEvents(tenantId: TenantId, taskId: TaskId): Promise<void> {
    for await (const creations of endedOfTask(database, tenantId, taskId)) await events.remove(creations);
  }

  return {
    async eraseCreation(
      { params: { creationId } }: Input<{ creationId: CreationId }, unknown, unknown>,
      { tenantId }: Caller,
    ): Promise<Reply> {
      const erased = await eraseCreation(database, tenantId, creationId);
      if (erased.kind === 'unknown') throw notFound('role creation');
      if (erased.kind === 'not_ended') throw notEnded(erased.status);
      await Promise.allSettled([events.remove([creationId]), queue.remove(creationId)]);
      return { status: 204 };
    },

    async eraseRole({ params }: Input<{ roleId: RoleId }, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const taskId = await eraseRole(database, tenantId, params.roleId);
      if (taskId === null) throw notFound('role');
      await forgetEvents(tenantId, taskId).catch(() => {});
      return { status: 204 };
    },
  };
}

function notEnded(status: CreationStatus): RequestProblem {
  const instead = status === 'cancelling' ? 'it will be cancelled soon, try again then' : 'cancel it first';
  return new RequestProblem(
    'conflict',
    `It is ${status}: only a role creation that has ended can be deleted; ${instead}.`,
  );
}
