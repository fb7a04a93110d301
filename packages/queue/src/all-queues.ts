import { JOBS } from '@roleforge/contracts';
import { Queue } from 'bullmq';
import { queuePrefix } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/** BullMQ's own objects of all our queues, for those who look at them. */
export type AllQueues = {
  /** In the order of the catalog. */
  readonly queues: readonly Queue[];
  /** The data of a job; undefined where the queue, or its job of this id, is not there. Rejects when Redis does not answer. */
  readData(queue: string, jobId: string): Promise<unknown>;
  /** Each queue's own metrics as Prometheus text. Rejects when Redis does not answer. */
  readMetrics(): Promise<string[]>;
  /** Rejects when Redis does not answer for each of them: of a cluster, a node may be away that has one. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

/** Every queue of the catalog, whether or not anything is on it. */
export function openAllQueues(redis: RedisConnection, prefix: string): AllQueues {
  const names = [...new Set(Object.values(JOBS).map(({ queue }) => queue))];
  const queues = names.map(name => {
    const queue = new Queue(name, {
      connection: redis,
      prefix: queuePrefix(prefix, name),
      skipWaitingForReady: true,
      skipVersionCheck: true,
      // Who looks changes nothing.
      skipMetasUpdate: true,
    });
    // Whoever asks is told; the connection's own troubles are its owner's.
    return queue.on('error', () => {});
  });
  return {
    queues,
    readData: async (name, jobId) => (await queues.find(queue => queue.name === name)?.getJob(jobId))?.data,
    readMetrics: () => Promise.all(queues.map(queue => queue.exportPrometheusMetrics())),
    ping: async () => void (await Promise.all(queues.map(queue => queue.isPaused()))),
    close: async () => void (await Promise.all(queues.map(queue => queue.close()))),
  };
}
