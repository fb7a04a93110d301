import { JOBS } from '@roleforge/contracts';
import { type Attempt, ProviderBusy, StoreUnavailable, type TakeResult, toCreationFailure } from '@roleforge/domain';
import type { CreationHandler, CreationJob, JobOutcome } from '@roleforge/queue';
import { inContext, type Span, traceIdOf } from '@roleforge/telemetry';
import { attemptInHand } from './attempt-in-hand.ts';
import type { AttemptOrders } from './attempt-orders.ts';
import { type ConcludeNeeds, conclude, STORE_PAUSE_MS } from './conclude.ts';
import type { WorkerObserver } from './observer.ts';
import { processing } from './trace-processing.ts';
import { type WriteRoleNeeds, writeRole } from './write-role.ts';

/**
 * How long a job that comes up while the system is paused is put off, in milliseconds: few do, since the queue is paused as well as
 * soon as Redis is told.
 */
const SYSTEM_PAUSE_MS = 2_000;

const PROCESSING = processing(JOBS.createRole.queue);

type Needs = WriteRoleNeeds & ConcludeNeeds & { orders: Pick<AttemptOrders, 'follow'>; observer: WorkerObserver };

/**
 * Handles one job of the creations' queue: takes the creation, makes the role, and says what is to become of the job. Each attempt
 * is a span in the trace of the request; a job that was only looked at, and one that had to wait for the provider again, is none.
 */
export function createRoleHandler(needs: Needs): CreationHandler {
  const { ledger, announce, orders, observer, tracing, log, clock } = needs;

  return (job, jobSignal) => {
    const { id, data } = job;
    const { requestId, tenantId, traceparent } = data;
    const fields = { ...PROCESSING.fields, 'messaging.message.id': id, 'roleforge.tenant.id': tenantId };
    return inContext({ requestId, traceId: traceIdOf(traceparent), creationId: id, tenantId }, () =>
      tracing.span(PROCESSING.name, { kind: 'consumer', parent: traceparent, fields, heldBack: true }, async span => {
        const outcome = await attemptAt(job, jobSignal, span);
        span.set({ 'roleforge.job.outcome': outcome.kind });
        return outcome;
      }),
    );
  };

  async function attemptAt(
    { id, data, keptOut }: CreationJob,
    jobSignal: AbortSignal,
    span: Span,
  ): Promise<JobOutcome> {
    const taken = await take({ id, data });
    if (taken.kind !== 'taken') {
      span.discard();
      return withoutTaking({ tenantId: data.tenantId, creationId: id, epoch: 0 }, taken);
    }
    const { creation } = taken;
    span.set({ 'roleforge.attempt': creation.attempts });
    // One that was put off may be put off again, a thousand times.
    if (!creation.putOff) span.keep();
    const startedAt = performance.now();
    log.debug('creation taken', { attempts: creation.attempts, epoch: creation.epoch, putOff: creation.putOff });
    // One that its tenant's cap has kept out has waited for that, and not for a worker.
    const { waitedSince, priority } = creation;
    if (waitedSince !== null && !keptOut) observer.pickedUp(priority, clock().getTime() - waitedSince.getTime());
    const attempt = attemptInHand(creation, jobSignal, clock());
    const unfollow = orders.follow(attempt);
    try {
      if (attempt.stopCause() !== null) throw attempt.signal.reason;
      if (!creation.putOff) await announce.state(creation, 'role_creation.running', { status: 'running' });
      const { roleVersion, notifyingMs } = await writeRole(needs, attempt);
      log.info('role created', {
        roleId: creation.roleId,
        roleVersion,
        attempts: creation.attempts,
        ms: Math.round(performance.now() - startedAt),
        notifyingMs: Math.round(notifyingMs),
      });
      return { kind: 'done' };
    } catch (error) {
      const outcome = await conclude(needs, attempt, error);
      const waitsAgain = error instanceof ProviderBusy && outcome.kind === 'delay';
      if (waitsAgain) span.discard();
      else if (outcome.kind === 'delay') span.fail(toCreationFailure(error).code);
      else if (outcome.kind === 'failed') span.fail(outcome.reason);
      return outcome;
    } finally {
      unfollow();
    }
  }

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
