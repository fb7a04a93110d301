import { type CreateRoleData, type CreationId, JOBS, type Priority, type TenantId } from '@roleforge/contracts';
import { classIndex, isOfClass } from '@roleforge/domain';
import { Queue } from 'bullmq';
import { openFairLine } from './fair-line/fair-line.ts';
import { queuePrefix } from './keys.ts';
import { lineUp } from './line-up.ts';
import { openPlaces, type QueuePlace } from './queue-place.ts';
import type { RedisConnection } from './redis-connection.ts';
import { creationOf, type WaitingJob, waitingIds } from './waiting-jobs.ts';

/** What putting a creation on the queue needs to know of it. */
export type QueuedCreation = {
  id: CreationId;
  tenantId: TenantId;
  requestId: string;
  traceparent: string | null;
  priority: Priority;
  /** One that was begun before goes before the others of its class. */
  attempts: number;
  /** Not taken before this time. */
  runAt: Date | null;
};

/** A tenant's part of the queue: its weight, above 0, and how many of its creations may run at a time, null for any number. */
export type TenantShare = { tenantId: TenantId; weight: number; cap: number | null };

/** What restoring came to. */
export type Restored = { restored: number; reprioritized: number; inHand: Set<CreationId> };

/** The producer's side of the creations' queue. */
export type CreationQueue = {
  /**
   * Adds jobs: one call gives them their places among those of other tenants, and one puts them there. One that is there already
   * stays as it is. Rejects when Redis does not answer.
   */
  enqueue(creations: readonly QueuedCreation[]): Promise<void>;
  /** Where a creation stands. Rejects when Redis does not answer. */
  place(id: CreationId): Promise<QueuePlace>;
  /**
   * Puts back those of these unfinished creations that the queue does not hold, or holds only as finished, which a lost
   * answer can leave behind, and mends the priority of those that it holds under another one. Returns how many of each, and
   * which ones a worker has in hand: their jobs stay, and may be about to leave the queue. Rejects when Redis does not answer.
   * @param stillRight given those that wait under another priority, resolves with the ones whose priority is still to be mended: by
   * one who has read them a while ago, in which an owner may have changed it
   */
  restore(
    creations: readonly QueuedCreation[],
    stillRight?: (misplaced: readonly QueuedCreation[]) => Promise<readonly QueuedCreation[]>,
  ): Promise<Restored>;
  /** Puts these creations at the end of their class, in this order, wherever they were. One that a worker has in hand stays. */
  requeue(creations: readonly QueuedCreation[]): Promise<void>;
  /** Those of these creations that the queue holds, waiting or in a worker's hand. */
  held(ids: readonly CreationId[]): Promise<Set<CreationId>>;
  /** All jobs that wait, in pages, in no order. A job that comes or goes meanwhile may be missing. */
  waiting(): AsyncGenerator<WaitingJob[]>;
  /**
   * Says how tenants share the queue, and lets go what a higher cap admits. A tenant that was never named has weight 1 and no cap.
   * Rejects when Redis does not answer.
   * @param all whether tenants that are not named have weight 1 and no cap from now on; else they stay as they are
   */
  setTenantShares(shares: readonly TenantShare[], all?: { complete: boolean }): Promise<void>;
  /** Paused, no worker takes anything from it. Rejects when Redis does not answer. */
  setPaused(paused: boolean): Promise<void>;
  isPaused(): Promise<boolean>;
  /**
   * Mends what crashes have left behind among tenants' caps and places; returns how many jobs and entries were out of step. Rejects
   * when Redis does not answer.
   */
  mend(): Promise<number>;
  /** Takes jobs off the queue; those that a worker has in hand stay. Rejects when Redis does not answer. */
  remove(...ids: readonly string[]): Promise<void>;
  /** Gives a job that waits another priority, at the end of its new class. Rejects when Redis does not answer. */
  changePriority(id: CreationId, priority: Priority): Promise<void>;
  /**
   * Removes at most this many jobs that have been finished for long enough, the oldest first, and returns how many: BullMQ itself
   * looks for them only when another job finishes. Rejects when Redis does not answer.
   */
  prune(most: number): Promise<number>;
  /** BullMQ's own object. For tests. */
  readonly bull: Queue;
  close(): Promise<void>;
};

/** Finished jobs stay for a while to be looked at; the ledger is the record. */
const KEEP_FINISHED = { completed: { age: 3_600, count: 1_000 }, failed: { age: 86_400, count: 5_000 } };

/** The field of a job's data by which the queue is shared. */
export const FLOW_FIELD = 'tenantId' satisfies keyof CreateRoleData;

export function openCreationQueue(
  redis: RedisConnection,
  prefix: string,
  onError: (error: Error) => void = () => {},
): CreationQueue {
  const { queue: name, name: jobName } = JOBS.createRole;
  const bull = new Queue(name, {
    connection: redis,
    prefix: queuePrefix(prefix, name),
    skipWaitingForReady: true,
    skipVersionCheck: true,
    defaultJobOptions: { removeOnComplete: KEEP_FINISHED.completed, removeOnFail: KEEP_FINISHED.failed },
  });
  bull.on('error', onError);

  const line = openFairLine(redis, { prefix, queue: name, flowField: FLOW_FIELD });

  async function enqueue(creations: readonly QueuedCreation[]): Promise<void> {
    await lineUp(
      bull,
      line,
      creations.map(({ id, tenantId, requestId, traceparent, priority, attempts, runAt }) => ({
        id,
        flow: tenantId,
        classIndex: classIndex(priority),
        begun: attempts > 0,
        notBefore: runAt,
        name: jobName,
        data: { version: 1, tenantId, requestId, traceparent } satisfies CreateRoleData,
      })),
    );
  }

  /** Fields of these jobs' hashes, in one round trip. */
  async function read(ids: readonly string[], ...fields: string[]): Promise<(string | null)[][]> {
    if (ids.length === 0) return [];
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hmget(bull.toKey(id), ...fields);
    const answers = (await pipeline.exec()) ?? [];
    return answers.map(([error, values]) => {
      if (error !== null) throw error;
      return values as (string | null)[];
    });
  }

  /** Which of these jobs a worker has a lock on. */
  async function locked(ids: readonly CreationId[]): Promise<Set<CreationId>> {
    if (ids.length === 0) return new Set();
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.exists(`${bull.toKey(id)}:lock`);
    const answers = (await pipeline.exec()) ?? [];
    return new Set(
      ids.filter((_, index) => {
        const [error, found] = answers[index] ?? [null, 0];
        if (error !== null) throw error;
        return found === 1;
      }),
    );
  }

  async function remove(...ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await line.leave(ids);
    await Promise.all(ids.map(id => bull.remove(id)));
  }

  return {
    bull,
    enqueue,
    place: openPlaces(redis, bull),
    async restore(creations, stillRight = async misplaced => misplaced) {
      const ids = creations.map(({ id }) => id);
      // Before the jobs: one that is seen to be there without a lock before it has not been at its end in between.
      const locks = await locked(ids);
      const states = await read(ids, 'timestamp', 'finishedOn', 'priority');
      const inHand = new Set<CreationId>();
      const lost: QueuedCreation[] = [];
      const misplaced: QueuedCreation[] = [];
      for (const [index, creation] of creations.entries()) {
        const [madeAt, finishedOn, priority] = states[index] ?? [];
        if (typeof finishedOn === 'string') await bull.remove(creation.id);
        if (typeof finishedOn === 'string' || typeof madeAt !== 'string') lost.push(creation);
        else if (locks.has(creation.id)) inHand.add(creation.id);
        else if (!isOfClass(Number(priority), creation.priority)) misplaced.push(creation);
      }
      if (lost.length > 0) await enqueue(lost);
      const toMend = misplaced.length > 0 ? await stillRight(misplaced) : [];
      for (const { id, priority } of toMend) await line.move(id, classIndex(priority));
      return { restored: lost.length, reprioritized: toMend.length, inHand };
    },
    async requeue(creations) {
      await remove(...creations.map(({ id }) => id));
      if (creations.length > 0) await enqueue(creations);
    },
    async held(ids) {
      const states = await read(ids, 'timestamp', 'finishedOn');
      return new Set(
        ids.filter((_, index) => typeof states[index]?.[0] === 'string' && typeof states[index]?.[1] !== 'string'),
      );
    },
    async *waiting() {
      for await (const ids of waitingIds(redis, bull)) {
        const data = await read(ids, 'data');
        yield ids.map((jobId, index) => ({ jobId, creation: creationOf(jobId, data[index]?.[0]) }));
      }
    },
    setTenantShares: (shares, { complete } = { complete: false }) =>
      line.share(
        shares.map(({ tenantId, weight, cap }) => ({ flow: tenantId, weight, cap })),
        complete,
      ),
    setPaused: paused => (paused ? bull.pause() : bull.resume()),
    isPaused: () => bull.isPaused(),
    mend: line.mend,
    remove,
    changePriority: (id, priority) => line.move(id, classIndex(priority)),
    async prune(most) {
      let pruned = 0;
      for (const state of ['completed', 'failed'] as const) {
        const ageMs = KEEP_FINISHED[state].age * 1_000;
        const old = await redis.zcount(bull.toKey(state), 0, Date.now() - ageMs);
        // Each call leaves a line among BullMQ's events, so none is made for nothing.
        if (old > 0 && pruned < most) pruned += (await bull.clean(ageMs, most - pruned, state)).length;
      }
      return pruned;
    },
    close: () => bull.close(),
  };
}
