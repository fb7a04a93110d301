import { type Attempt, StoreUnavailable, type TakeResult } from '@roleforge/domain';
import type { CreationHandler, CreationJob, JobOutcome } from '@roleforge/queue';
import { inContext } from '@roleforge/telemetry';
import { attemptInHand } from './attempt-in-hand.ts';
import type { AttemptOrders } from './attempt-orders.ts';
import { type ConcludeNeeds, conclude, STORE_PAUSE_MS } from './conclude.ts';
import type { WorkerObserver } from './observer.ts';
import { type WriteRoleNeeds, writeRole } from './write-role.ts';

/**
 * How long a job that comes up while the system is paused is put off, in milliseconds: few do, since the queue is paused as well as
 * soon as Redis is told.
 */
const SYSTEM_PAUSE_MS = 2_000;

type Needs = WriteRoleNeeds & ConcludeNeeds & { orders: Pick<AttemptOrders, 'follow'>; observer: WorkerObserver };

/** Handles one job of the creations' queue: takes the creation, makes the role, and says what is to become of the job. */
export function createRoleHandler(needs: Needs): CreationHandler {
  const { ledger, announce, orders, observer, log, clock } = needs;

  return ({ id, data, keptOut }, jobSignal) =>
    inContext({ requestId: data.requestId, creationId: id, tenantId: data.tenantId }, async () => {
      const taken = await take({ id, data });
      if (taken.kind !== 'taken') return withoutTaking({ tenantId: data.tenantId, creationId: id, epoch: 0 }, taken);

      const { creation } = taken;
      const startedAt = performance.now();
      // One that its tenant's cap has kept out has waited for that, and not for a worker.
      const { waitedSince, priority } = creation;
      if (waitedSince !== null && !keptOut) observer.pickedUp(priority, clock().getTime() - waitedSince.getTime());
      const attempt = attemptInHand(creation, jobSignal, clock());
      const unfollow = orders.follow(attempt);
      try {
        if (attempt.stopCause() !== null) throw attempt.signal.reason;
        if (!creation.putOff) await announce.state(creation, 'role_creation.running', { status: 'running' });
        const roleVersion = await writeRole(needs, attempt);
        await announce.end(creation);
        const ms = Math.round(performance.now() - startedAt);
        log.info('role created', { roleId: creation.roleId, roleVersion, attempts: creation.attempts, ms });
        return { kind: 'done' } as const;
      } catch (error) {
        return await conclude(needs, attempt, error);
      } finally {
        unfollow();
      }
    });

  async function take({
    id,
    data,
  }: Pick<CreationJob, 'id' | 'data'>): Promise<TakeResult | { kind: 'storeUnavailable' }> {
    try {
      return await ledger.take(data.tenantId, id);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      observer.putOff('store_unavailable');
      log.warn('ledger unavailable, creation put off', { error });
      return { kind: 'storeUnavailable' };
    }
  }

  async function withoutTaking(
    creation: Attempt,
    taken: Exclude<TakeResult | { kind: 'storeUnavailable' }, { kind: 'taken' }>,
  ): Promise<JobOutcome> {
    switch (taken.kind) {
      case 'ended':
        log.debug('nothing to do: the creation has ended');
        return { kind: 'done' };
      case 'endedByTaking':
        await announce.end(creation);
        log.info('nothing to do: the creation has ended by now');
        return { kind: 'done' };
      case 'unavailable':
        log.debug('put aside: its owner holds the creation, or all of the tenant’s, or the tenant is suspended', {
          status: taken.status,
        });
        return { kind: 'park' };
      case 'systemPaused':
        observer.putOff('system_paused');
        log.debug('put off: nothing is begun for anybody now');
        return { kind: 'delay', at: new Date(clock().getTime() + SYSTEM_PAUSE_MS) };
      case 'unknown':
        log.error('job without a creation in the ledger');
        return { kind: 'failed', reason: 'job_invalid' };
      case 'storeUnavailable':
        return { kind: 'delay', at: new Date(clock().getTime() + STORE_PAUSE_MS) };
    }
  }
}
