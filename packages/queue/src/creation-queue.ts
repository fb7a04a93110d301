import { type CreateRoleData, type CreationId, JOBS, type Priority, type TenantId } from '@roleforge/contracts';
import { begunPriority, isOfClass, queuePriority } from '@roleforge/domain';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { queuePrefix } from './keys.ts';
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

/** At most one of the two is known: a job waits its turn, or its time, or is not in the queue. */
export type QueuePlace = {
  /** 1 for the creation that is taken next. */
  position: number | null;
  /** When it will take its place among those that wait. */
  notBefore: Date | null;
};

/** What restoring came to. */
export type Restored = { restored: number; reprioritized: number; inHand: Set<CreationId> };

/** The producer's side of the creations' queue. */
export type CreationQueue = {
  /** Adds jobs, in their order, in one round trip. One that is there already stays as it is. Rejects when Redis does not answer. */
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
  /** Takes jobs off the queue; those that a worker has in hand stay. Rejects when Redis does not answer. */
  remove(...ids: readonly string[]): Promise<void>;
  /** Gives a job that waits another priority, at the end of its new class. Rejects when Redis does not answer. */
  changePriority(id: CreationId, priority: Priority): Promise<void>;
  /**
   * Removes at most this many jobs that have been finished for long enough, the oldest first, and returns how many: BullMQ itself
   * looks for them only when another job finishes. Rejects when Redis does not answer.
   */
  prune(most: number): Promise<number>;
  /** BullMQ's own object, for Bull Board. */
  readonly bull: Queue;
  close(): Promise<void>;
};

/** Finished jobs stay for a while to be looked at; the ledger is the record. */
const KEEP_FINISHED = { completed: { age: 3_600, count: 1_000 }, failed: { age: 86_400, count: 5_000 } };

/**
 * Finds a job among those that wait. BullMQ takes jobs from the end of the list first: it puts those there that have stalled.
 * Then come the prioritized ones from the least score. A delayed job's score is its time in milliseconds, times 4096.
 * KEYS: 1 the list of waiting jobs, 2 the prioritized ones, 3 the delayed ones. ARGV: 1 the job's id.
 * Returns its place, from 1 for the one that is taken next, or 0; and the delayed job's score, or false.
 */
const PLACE = `
local index = redis.call('LPOS', KEYS[1], ARGV[1], 'RANK', -1)
if index then return {redis.call('LLEN', KEYS[1]) - index, false} end
local rank = redis.call('ZRANK', KEYS[2], ARGV[1])
if rank then return {redis.call('LLEN', KEYS[1]) + rank + 1, false} end
return {0, redis.call('ZSCORE', KEYS[3], ARGV[1])}
`;
const DELAYED_SCORE_PER_MS = 0x1000;

type WithPlace = Redis & {
  findPlace(wait: string, prioritized: string, delayed: string, id: string): Promise<[number, string | null]>;
};

export function openCreationQueue(
  redis: Redis,
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

  async function enqueue(creations: readonly QueuedCreation[]): Promise<void> {
    const now = Date.now();
    await bull.addBulk(
      creations.map(({ id, tenantId, requestId, traceparent, priority, attempts, runAt }) => ({
        name: jobName,
        data: { version: 1, tenantId, requestId, traceparent } satisfies CreateRoleData,
        opts: {
          jobId: id,
          priority: attempts > 0 ? begunPriority(queuePriority(priority)) : queuePriority(priority),
          ...(runAt === null ? {} : { delay: Math.max(0, runAt.getTime() - now) }),
        },
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
    await Promise.all(ids.map(id => bull.remove(id)));
  }

  async function changePriority(id: CreationId, priority: Priority): Promise<void> {
    const job = await bull.getJob(id);
    await job?.changePriority({ priority: queuePriority(priority) });
  }

  redis.defineCommand('findPlace', { numberOfKeys: 3, lua: PLACE });
  async function place(id: CreationId): Promise<QueuePlace> {
    const [wait, prioritized, delayed] = [bull.toKey('wait'), bull.toKey('prioritized'), bull.toKey('delayed')];
    const [position, score] = await (redis as WithPlace).findPlace(wait, prioritized, delayed, id);
    return {
      position: position > 0 ? position : null,
      notBefore: score === null ? null : new Date(Math.floor(Number(score) / DELAYED_SCORE_PER_MS)),
    };
  }

  return {
    bull,
    enqueue,
    place,
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
      for (const { id, priority } of toMend) await changePriority(id, priority);
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
    remove,
    changePriority,
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
