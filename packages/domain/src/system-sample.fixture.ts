import { PRIORITIES } from '@roleforge/contracts';
import type { QueueSample, SystemSample, WorkerSample } from './system-sample.ts';

/** A system at which nothing is wrong, and nothing goes on. */
export const CALM: SystemSample = {
  at: new Date('2031-05-05T12:00:00.000Z'),
  mysql: true,
  redis: true,
  pausedSince: null,
  queue: aQueue(),
  workers: [aWorker()],
  pace: {
    startsPerSecond: 0,
    endsPerSecond: 0,
    acceptsPerSecond: 0,
    spanSeconds: 5,
    recent: [],
    pickups: [],
    accepts: [],
  },
  ledger: { scheduled: 0, queued: 0, held: 0, running: 0, cancelling: 0, stopped: 0, atLeast: false },
  webhooks: { pending: 0, due: 0, oldestDueMs: 0, atLeast: false },
  providers: [],
  memory: { usedBytes: 1_000, maxBytes: 0, evictionPolicy: 'noeviction' },
  monthCostUsd: 0,
};

/** A queue in which so many of each class wait, the most urgent first, and the oldest for so long. */
export function aQueue(
  waiting: readonly [count: number, oldestAgeMs: number][] = [],
  more: Partial<QueueSample> = {},
): QueueSample {
  return {
    paused: false,
    waiting: waiting.reduce((sum, [count]) => sum + count, 0),
    scheduled: 0,
    parked: 0,
    active: 0,
    classes: PRIORITIES.map((priority, index) => {
      const [count = 0, oldestAgeMs = 0] = waiting[index] ?? [];
      return { priority, waiting: count, oldestAgeMs };
    }),
    ...more,
  };
}

export function aWorker(more: Partial<WorkerSample> = {}): WorkerSample {
  return {
    id: 'w1',
    phase: 'working',
    version: '1.0.0',
    startedAt: new Date('2031-05-05T11:00:00.000Z'),
    concurrency: 10,
    inHand: { gathering: 0, writing: 0, saving: 0 },
    longestInHandMs: 0,
    ...more,
  };
}
