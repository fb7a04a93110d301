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

/** At most one of the two is known: a job waits its turn, or its time, or is not in the queue. */
export type QueuePlace = {
  /** 1 for the creation that is taken next. */
  position: number | null;
  /** When it will take its place among those that wait. */
  notBefore: Date | null;
};

/** The producer's side of the creations' queue. */
export type CreationQueue = {
  /** Adds jobs, in their order, in one round trip. One that is there already stays as it is. Rejects when Redis does not answer. */
  enqueue(creations: readonly QueuedCreation[]): Promise<void>;
  /** Where a creation stands. Rejects when Redis does not answer. */
  place(id: CreationId): Promise<QueuePlace>;
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
    position: async id => (await place(id)).position,
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
