import { JOBS } from '@roleforge/contracts';
import { Queue } from 'bullmq';
import { queuePrefix } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Every queue's own metrics, as BullMQ gives them. */
export type QueueMetrics = {
  /** Prometheus text, one for each queue. Rejects when Redis does not answer. */
  read(): Promise<string[]>;
  close(): Promise<void>;
};

export function openQueueMetrics(redis: RedisConnection, prefix: string): QueueMetrics {
  const names = [...new Set(Object.values(JOBS).map(({ queue }) => queue))];
  const queues = names.map(name => {
    const queue = new Queue(name, {
      connection: redis,
      prefix: queuePrefix(prefix, name),
      skipWaitingForReady: true,
      skipVersionCheck: true,
      skipMetasUpdate: true,
    });
    return queue.on('error', () => {});
  });
  return {
    read: () => Promise.all(queues.map(queue => queue.exportPrometheusMetrics())),
    close: async () => void (await Promise.all(queues.map(queue => queue.close()))),
  };
}
