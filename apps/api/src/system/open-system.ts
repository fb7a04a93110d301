import type { Config } from '@roleforge/config';
import { countUnfinished, readMonthCost, readSystemPause, readWebhookBacklog } from '@roleforge/db';
import type { Opened } from '@roleforge/lifecycle';
import {
  type AllQueues,
  createQueueSampler,
  createSystemBoard,
  createTallies,
  createWorkforce,
  readRedisMemory,
} from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
import { createProviderWatch } from '@roleforge/writer/limits';
import type { Connections } from '../connections.ts';
import { type AcceptTimes, startAcceptTimes } from './accept-times.ts';
import { createStatusStreams, type StatusStreams } from './status-streams.ts';
import { createSystemMetrics } from './system-metrics.ts';
import { type SystemWatch, startSystemWatch } from './system-watch.ts';
import { createTakeSample } from './take-sample.ts';

type Needs = {
  config: Pick<Config, 'queuePrefix' | 'ai'>;
  connections: Pick<Connections, 'looking' | 'redis'>;
  queues: Pick<AllQueues, 'readMetrics'>;
  stopping: AbortSignal;
  version: string;
  log: Logger;
  clock: () => Date;
};

/** What is known of the system as a whole, and for whom. */
export type OpenSystem = {
  system: SystemWatch;
  statusStreams: StatusStreams;
  acceptTimes: AcceptTimes;
  /** The parts of the metrics page that one process gives for all. */
  systemMetrics: readonly (() => Promise<string>)[];
};

/** Begins to look at the system. What is opened here is closed before the ways to MySQL and Redis are. */
export function openSystem(needs: Needs, opened: Opened): OpenSystem {
  const { config, connections, queues, stopping, version, log, clock } = needs;
  const { looking, redis } = connections;
  const { queuePrefix, ai } = config;
  const tallies = createTallies(redis, queuePrefix);
  const acceptTimes = startAcceptTimes(tallies);
  opened.add(acceptTimes.stop);
  const system = startSystemWatch({
    board: createSystemBoard(redis, queuePrefix),
    takeSample: createTakeSample({
      readPause: () => readSystemPause(looking),
      countUnfinished: () => countUnfinished(looking),
      readWebhooks: now => readWebhookBacklog(looking, now),
      readMonthCost: now => readMonthCost(looking, now),
      sampleQueue: createQueueSampler(redis, queuePrefix),
      readMemory: () => readRedisMemory(redis),
      workforce: createWorkforce(redis, queuePrefix),
      tallies,
      watchProviders: createProviderWatch(redis, queuePrefix),
      models: ai?.models ?? [],
      clock,
    }),
    version,
    log,
  });
  opened.add(() => system.stop());
  return {
    system,
    acceptTimes,
    statusStreams: createStatusStreams({ system, stopping }),
    systemMetrics: createSystemMetrics({ system, queues, clock }),
  };
}
