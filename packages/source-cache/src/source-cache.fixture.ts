import { once } from 'node:events';
import type { TaskId } from '@roleforge/contracts';
import type { SourceReader } from '@roleforge/domain';
import { closeRedis, openRedis } from '@roleforge/queue';
import { testServers } from '@roleforge/testkit';
import { createSourceInvalidator, type Lifetimes, openSourceCache, type SourceCache } from './index.ts';

export const TASK = 'tea-shop' as TaskId;

/** A cache as a process of its own has it. */
export type CacheProcess = SourceCache & {
  /** How many reads went through to the reader. */
  reads: number;
  /** Resolves when the next message of the bus has been heard and heeded. */
  heard(): Promise<unknown>;
  /** Resolves when Redis answers on both connections, and the bus listens. */
  connected(): Promise<void>;
};

type Options = { prefix: string; reader: SourceReader; redisUrl?: string; clock?: () => Date; lifetimes?: Lifetimes };

export async function openCacheProcess({ reader, prefix, redisUrl, ...rest }: Options): Promise<CacheProcess> {
  const url = redisUrl ?? testServers().redisUrl;
  const redis = openRedis(url, 'cache');
  const listening = openRedis(url, 'listener', () => {});
  const counting: SourceReader = {
    readSource(...source) {
      cacheProcess.reads += 1;
      return reader.readSource(...source);
    },
  };
  const cache = openSourceCache({
    reader: counting,
    redis,
    listening,
    prefix,
    clock: () => new Date(),
    ...rest,
  });
  const cacheProcess: CacheProcess = {
    ...cache,
    reads: 0,
    heard: () => once(listening, 'message'),
    async connected() {
      for (const connection of [redis, listening]) if (connection.status !== 'ready') await once(connection, 'ready');
      // Answers come in the order of the questions: the bus has asked to listen before.
      await listening.ping();
    },
    async close() {
      await cache.close();
      await closeRedis(redis);
      await closeRedis(listening);
    },
  };
  await cacheProcess.connected();
  return cacheProcess;
}

/** A writer's side, as a process of its own has it. */
export async function openInvalidator(prefix: string) {
  const redis = openRedis(testServers().redisUrl, 'cache');
  const invalidator = createSourceInvalidator({ redis, prefix });
  await once(redis, 'ready');
  return invalidator;
}
