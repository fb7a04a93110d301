import {
  type CreationId,
  CreationId as CreationIdOf,
  DeliveryId,
  JOBS,
  Priority,
  type TenantId,
} from '@roleforge/contracts';
import {
  asDeed,
  type Database,
  findCreation,
  findDelivery,
  findTenantOfCreation,
  readSystemPause,
  redeliver,
  switchSystem,
} from '@roleforge/db';
import { allows, type CreationRecord, type Doer, isWaiting, receiverOf } from '@roleforge/domain';
import type { CreationQueue, WebhookQueue } from '@roleforge/queue';
import { bringPauseIntoStep, type SteeredCreation, type Steering } from '@roleforge/steering';
import { z } from 'zod';
import { notFound, RequestProblem } from '../http/problem.ts';

/** How something on the board stands in the ledger, and what can be done with it as it stands. */
export type Standing = { status: string; deeds: string[] };

export type BoardDeedNeeds = {
  database: Database;
  steering: Steering;
  queue: Pick<CreationQueue, 'isPaused' | 'setPaused'>;
  webhookQueue: Pick<WebhookQueue, 'enqueue'>;
  /** The data of a job; undefined where the queue has none under this id. @throws RequestProblem 503 where Redis does not answer */
  readJob: (queue: string, id: string) => Promise<unknown>;
  /** Has something done that the answer need not wait for. */
  behind: (work: () => Promise<void>) => void;
  clock: () => Date;
};

/**
 * What can be done from the board. All of it goes through the ledger, as if the owner or a call of the operator's had asked for it, and stands
 * in the audit log. BullMQ's own ways (promote, remove, clean, obliterate, another delay, …) would leave the ledger out of step, and there are none.
 */
export type BoardDeeds = {
  ofSystem(): Promise<Standing>;
  /** @throws RequestProblem 404, 503; StoreUnavailable */
  ofJob(queue: string, jobId: string): Promise<Standing>;
  /** @throws RequestProblem 404 where there is no such deed, 409 where it cannot be done as things stand, 503; StoreUnavailable */
  toSystem(deed: string, by: Doer): Promise<Standing>;
  toJob(queue: string, jobId: string, deed: string, by: Doer): Promise<Standing>;
};

/** The wishes that a creation's owner has, besides another priority. */
const WISHES = ['cancel', 'pause', 'resume', 'retry'] as const;
const PRIORITY = 'priority-';

export function createBoardDeeds(needs: BoardDeedNeeds): BoardDeeds {
  const { database, steering, queue, webhookQueue, readJob, behind, clock } = needs;

  /** Whose a job is by its data; undefined where the queue has none, or none of ours, under this id. */
  const tenantByJob = async (name: string, jobId: string) =>
    OfTenant.safeParse(await readJob(name, jobId)).data?.tenantId;

  /** By the ledger where the queue has no job of it: of what is held or was cancelled it has none. */
  async function creationAt(jobId: string) {
    const byJob = await tenantByJob(JOBS.createRole.queue, jobId);
    const id = CreationIdOf.safeParse(jobId).data;
    if (id === undefined) throw notFound('job');
    const tenantId = byJob ?? (await findTenantOfCreation(database, id));
    if (tenantId === null) throw notFound('job');
    return { id, tenantId };
  }

  async function deliveryAt(jobId: string) {
    const tenantId = await tenantByJob(JOBS.deliverWebhook.queue, jobId);
    const id = DeliveryId.safeParse(jobId).data;
    if (id === undefined || tenantId === undefined) throw notFound('job');
    return { id, tenantId };
  }

  async function ofSystem(): Promise<Standing> {
    const paused = (await readSystemPause(database)) !== null;
    return { status: paused ? 'paused' : 'running', deeds: [paused ? 'resume' : 'pause'] };
  }

  async function ofDelivery(tenantId: TenantId, id: DeliveryId): Promise<Standing> {
    const delivery = await findDelivery(database, tenantId, { anyOf: 'tenant' }, id);
    if (delivery === null) throw notFound('job');
    return { status: delivery.status, deeds: ['resend'] };
  }

  async function steer(tenantId: TenantId, id: CreationId, deed: string, by: Doer): Promise<SteeredCreation> {
    const wish = WISHES.find(one => one === deed);
    if (wish !== undefined) return steering[wish](tenantId, id, by);
    const priority = Priority.safeParse(deed.startsWith(PRIORITY) ? deed.slice(PRIORITY.length) : '').data;
    if (priority === undefined) throw noSuchDeed();
    return steering.changePriority(tenantId, id, priority, by);
  }

  async function resend(tenantId: TenantId, id: DeliveryId, by: Doer): Promise<void> {
    const deed = { action: 'delivery.redelivered' as const, tenantId, target: id };
    const sent = await asDeed(
      database,
      { doer: by, deed, at: clock() },
      on => redeliver(on, tenantId, { anyOf: 'tenant' }, id, clock()),
      outcome => typeof outcome !== 'string',
    );
    if (sent === 'unknown') throw notFound('job');
    if (typeof sent === 'string')
      throw new RequestProblem('conflict', 'Its endpoint is disabled, or has been deleted.');
    const receiver = receiverOf(tenantId, sent);
    behind(() => webhookQueue.enqueue([{ tenantId, deliveryId: id, receiver, notBefore: null }]));
  }

  return {
    ofSystem,
    async toSystem(deed, by) {
      if (deed !== 'pause' && deed !== 'resume') throw noSuchDeed();
      await switchSystem(database, by, { paused: deed === 'pause', now: clock() });
      behind(async () => void (await bringPauseIntoStep({ database, queue })));
      return ofSystem();
    },
    async ofJob(name, jobId) {
      if (name === JOBS.deliverWebhook.queue) {
        const { tenantId, id } = await deliveryAt(jobId);
        return ofDelivery(tenantId, id);
      }
      if (name !== JOBS.createRole.queue) return { status: '', deeds: [] };
      const { tenantId, id } = await creationAt(jobId);
      const record = await findCreation(database, tenantId, id);
      if (record === null) throw notFound('job');
      return standingOf(record);
    },
    async toJob(name, jobId, deed, by) {
      if (name === JOBS.deliverWebhook.queue && deed === 'resend') {
        const { tenantId, id } = await deliveryAt(jobId);
        await resend(tenantId, id, by);
        return ofDelivery(tenantId, id);
      }
      if (name !== JOBS.createRole.queue) throw noSuchDeed();
      const { tenantId, id } = await creationAt(jobId);
      const steered = await steer(tenantId, id, deed, by);
      if (steered === null) throw notFound('job');
      if (steered.outcome === 'refused')
        throw new RequestProblem('conflict', `The creation is ${steered.record.status}, and so this cannot be done.`);
      return standingOf(steered.record);
    },
  };
}

const OfTenant = z.object({ tenantId: JOBS.createRole.data.shape.tenantId });

/** What its owner could ask for as it stands. */
export function standingOf({
  status,
  priority,
  pauseRequested,
}: Pick<CreationRecord, 'status' | 'priority' | 'pauseRequested'>): Standing {
  const deeds: string[] = [];
  if (allows(status, 'cancel') || allows(status, 'askToCancel')) deeds.push('cancel');
  if (allows(status, 'pause') || (allows(status, 'hold') && !pauseRequested)) deeds.push('pause');
  if (allows(status, 'resume') || pauseRequested) deeds.push('resume');
  if (allows(status, 'restart')) deeds.push('retry');
  if (isWaiting(status))
    deeds.push(...Priority.options.filter(other => other !== priority).map(other => `${PRIORITY}${other}`));
  return { status, deeds };
}

function noSuchDeed(): RequestProblem {
  return new RequestProblem('not_found', 'Nothing of the kind is done from the board.');
}
