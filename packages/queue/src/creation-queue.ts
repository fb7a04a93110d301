import { type CreateRoleData, type CreationId, JOBS, type Priority, type TenantId } from '@roleforge/contracts';
import { queuePriority } from '@roleforge/domain';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { queuePrefix } from './keys.ts';

/** What putting a creation on the queue needs to know of it. */
export type QueuedCreation = {
  id: CreationId;
  tenantId: TenantId;
  requestId: string;
  traceparent: string | null;
  priority: Priority;
  /** Not taken before this time. */
  runAt: Date | null;
};

/** The producer's side of the creations' queue. */
export type CreationQueue = {
  /** Adds jobs, in their order, in one round trip. One that is there already stays as it is. Rejects when Redis does not answer. */
  enqueue(creations: readonly QueuedCreation[]): Promise<void>;
  /** 1 for the creation that is taken next; null where it does not wait its turn (not there, delayed, or running). */
  position(id: CreationId): Promise<number | null>;
  /**
   * Puts back those of these unfinished creations that the queue does not hold, or holds only as finished, which a lost
   * answer can leave behind. Returns how many that were. Rejects when Redis does not answer.
   */
  restore(creations: readonly QueuedCreation[]): Promise<number>;
  /** Takes a job off the queue; one that a worker has in hand stays. Rejects when Redis does not answer. */
  remove(id: CreationId): Promise<void>;
  /** BullMQ's own object, for Bull Board. */
  readonly bull: Queue;
  close(): Promise<void>;
};

/** Finished jobs stay for a while to be looked at; the ledger is the record. */
const KEEP_FINISHED = { completed: { age: 3_600, count: 1_000 }, failed: { age: 86_400, count: 5_000 } };

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
      creations.map(({ id, tenantId, requestId, traceparent, priority, runAt }) => ({
        name: jobName,
        data: { version: 1, tenantId, requestId, traceparent } satisfies CreateRoleData,
        opts: {
          jobId: id,
          priority: queuePriority(priority),
          ...(runAt === null ? {} : { delay: Math.max(0, runAt.getTime() - now) }),
        },
      })),
    );
  }

  return {
    bull,
    enqueue,
    async position(id) {
      const rank = await redis.zrank(bull.toKey('prioritized'), id);
      return typeof rank === 'number' ? rank + 1 : null;
    },
    async restore(creations) {
      const pipeline = redis.pipeline();
      for (const { id } of creations) pipeline.exists(bull.toKey(id)).hexists(bull.toKey(id), 'finishedOn');
      const answers = (await pipeline.exec()) ?? [];
      const lost: QueuedCreation[] = [];
      for (const [index, creation] of creations.entries()) {
        const held = answers[2 * index]?.[1] === 1;
        const finished = answers[2 * index + 1]?.[1] === 1;
        if (finished) await bull.remove(creation.id);
        if (finished || !held) lost.push(creation);
      }
      if (lost.length > 0) await enqueue(lost);
      return lost.length;
    },
    remove: async id => void (await bull.remove(id)),
    close: () => bull.close(),
  };
}
