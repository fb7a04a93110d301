import { CreationId, JOBS, type TenantId } from '@roleforge/contracts';
import type { Queue } from 'bullmq';
import type { RedisConnection } from './redis-connection.ts';

/** A job that waits; its ids are null where it cannot be one of ours. */
export type WaitingJob = { jobId: string; creation: { tenantId: TenantId; id: CreationId } | null };

const SCANNED_AT_ONCE = 500;

/** Every id of a job that waits: in order of priority, for its time, or given back to the head of the queue. */
export async function* waitingIds(redis: RedisConnection, bull: Queue): AsyncGenerator<string[]> {
  yield await redis.lrange(bull.toKey('wait'), 0, -1);
  for (const set of ['prioritized', 'delayed']) {
    let cursor = '0';
    do {
      const [next, membersAndScores] = await redis.zscan(bull.toKey(set), cursor, 'COUNT', SCANNED_AT_ONCE);
      yield membersAndScores.filter((_, index) => index % 2 === 0);
      cursor = next;
    } while (cursor !== '0');
  }
}

/** Whose creation a job is for, by its id and its payload; null where one of them is not ours to read. */
export function creationOf(jobId: string, data: string | null | undefined): WaitingJob['creation'] {
  const id = CreationId.safeParse(jobId);
  const payload = JOBS.createRole.data.safeParse(parseJson(data ?? ''));
  return id.success && payload.success ? { id: id.data, tenantId: payload.data.tenantId } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
