import type { MemorySample } from '@roleforge/domain';
import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from './redis-connection.ts';

const KEEPS_ALL = 'noeviction';

/**
 * How much memory Redis uses, how much it may use (0: as much as there is), and what it does when that is full. Of a cluster, that is of its
 * masters together; where one of them would throw anything out, its policy is told. Rejects when Redis does not answer.
 */
export async function readRedisMemory(redis: RedisConnection): Promise<MemorySample> {
  const masters = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const samples = await Promise.all(masters.map(memoryOf));
  const unlimited = samples.some(({ maxBytes }) => maxBytes === 0);
  return {
    usedBytes: samples.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
    maxBytes: unlimited ? 0 : samples.reduce((sum, { maxBytes }) => sum + maxBytes, 0),
    evictionPolicy: samples.find(({ evictionPolicy }) => evictionPolicy !== KEEPS_ALL)?.evictionPolicy ?? KEEPS_ALL,
  };
}

async function memoryOf(redis: Redis): Promise<MemorySample> {
  const info = await redis.info('memory');
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  return {
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    evictionPolicy: field('maxmemory_policy'),
  };
}
