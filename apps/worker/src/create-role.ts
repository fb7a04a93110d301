import { StoreUnavailable, type TakeResult } from '@roleforge/domain';
import type { CreationHandler, CreationJob, JobOutcome } from '@roleforge/queue';
import { inContext } from '@roleforge/telemetry';
import { limitAttempt } from './attempt-limits.ts';
import { type ConcludeNeeds, conclude, STORE_PAUSE_MS } from './conclude.ts';
import { type WriteRoleNeeds, writeRole } from './write-role.ts';

/** Handles one job of the creations' queue: takes the creation, makes the role, and says what is to become of the job. */
export function createRoleHandler(needs: WriteRoleNeeds & ConcludeNeeds): CreationHandler {
  const { ledger, announce, log, clock } = needs;

  return ({ id, data }, jobSignal) =>
    inContext({ requestId: data.requestId, creationId: id, tenantId: data.tenantId }, async () => {
      const taken = await take({ id, data });
      if (taken.kind !== 'taken') return withoutTaking(taken);

      const { creation } = taken;
      const startedAt = performance.now();
      const limits = limitAttempt(jobSignal, creation.deadlineAt, clock());
      try {
        if (limits.stopCause() !== null) throw limits.signal.reason;
        await announce.state(creation, 'role_creation.running', { status: 'running' });
        const roleVersion = await writeRole(needs, creation, limits);
        await announce.end(creation);
        const ms = Math.round(performance.now() - startedAt);
        log.info('role created', { roleId: creation.roleId, roleVersion, attempts: creation.attempts, ms });
        return { kind: 'done' } as const;
      } catch (error) {
        return conclude(needs, creation, error, limits);
      }
    });

  async function take({ id, data }: CreationJob): Promise<TakeResult | { kind: 'storeUnavailable' }> {
    try {
      return await ledger.take(data.tenantId, id);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.warn('ledger unavailable, creation put off', { error });
      return { kind: 'storeUnavailable' };
    }
  }

  function withoutTaking(taken: Exclude<TakeResult | { kind: 'storeUnavailable' }, { kind: 'taken' }>): JobOutcome {
    switch (taken.kind) {
      case 'ended':
        log.debug('nothing to do: the creation has ended');
        return { kind: 'done' };
      case 'unavailable':
        log.info('nothing to do: the creation may not be worked on', { status: taken.status });
        return { kind: 'done' };
      case 'unknown':
        log.error('job without a creation in the ledger');
        return { kind: 'failed', reason: 'job_invalid' };
      case 'storeUnavailable':
        return { kind: 'delay', at: new Date(clock().getTime() + STORE_PAUSE_MS) };
    }
  }
}
