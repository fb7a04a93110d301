import type { MemorySample } from '@roleforge/domain';
import type { Redis } from 'ioredis';

/** How much memory Redis uses, how much it may use, and what it does when that is full. Rejects when Redis does not answer. */
export async function readRedisMemory(redis: Redis): Promise<MemorySample> {
  const info = await redis.info('memory');
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  return {
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    evictionPolicy: field('maxmemory_policy'),
  };
}
