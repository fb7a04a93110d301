import { setTimeout as delay } from 'node:timers/promises';
import { PRIORITIES, type Priority } from '@roleforge/contracts';
import { closeRedis, openCreationQueue, openRedis } from '@roleforge/queue';
import { openClient } from './client.ts';
import type { Answer } from './evidence.ts';
import type { Pause } from './faults.ts';
import { answersIn, sendRequest } from './load.ts';
import { itemOf, markerOf, type PlannedRequest } from './plan.ts';
import { countEnded, readStarts } from './read-evidence.ts';
import { startsOutOfOrder } from './starts.ts';
import { type Figures, type SystemUnderTest, withDatabase } from './system-under-test.ts';

const BATCH = 500;
const LOOK_EVERY_MS = 100;
const HELD_WITHIN_MS = 120_000;

/** Most wait under the usual class, and every class has some. */
const CLASS_OF: readonly Priority[] = [
  'normal',
  'high',
  'normal',
  'low',
  'normal',
  'urgent',
  'normal',
  'normal',
  'normal',
  'normal',
];

/** Has so many creations accepted while no worker runs, in batches with keys; they are on the queue when it resolves. */
export async function fillBacklog(system: SystemUnderTest, creations: number, pause: Pause): Promise<Answer[]> {
  const client = openClient(system);
  const answers: Answer[] = [];
  for (let before = 0; before < creations; before += BATCH) {
    const planned = planBatch(before, Math.min(BATCH, creations - before));
    for (const reply of await sendRequest(client, planned)) answers.push(...answersIn(reply, planned.creations));
  }
  client.close();
  await withQueue(system, async waiting => {
    while ((await waiting()) < creations) await pause(LOOK_EVERY_MS);
  });
  return answers;
}

/**
 * How long it takes, in milliseconds from now, until the queue holds every creation again that has not ended.
 * @throws Error when it does not within two minutes
 */
export async function untilHeld(system: SystemUnderTest, creations: number, signal: AbortSignal): Promise<number> {
  const from = performance.now();
  return withQueue(system, waiting =>
    withDatabase(system.databaseUrl, async database => {
      // The queue first: what ends in between counts twice, and is a handful; the other way round it would never be all.
      for (;;) {
        const there = (await waiting()) + (await countEnded(database));
        const ms = performance.now() - from;
        if (there >= creations) return ms;
        if (ms > HELD_WITHIN_MS) throw new Error(`the queue held only ${there} of ${creations} again`);
        await delay(LOOK_EVERY_MS, undefined, { signal });
      }
    }),
  );
}

/** What the starts tell of the order, in a line. */
export async function describeOrder(system: SystemUnderTest, { workers, concurrency }: Figures): Promise<string> {
  const starts = await withDatabase(system.databaseUrl, readStarts);
  const inHand = workers * concurrency;
  const classes = PRIORITIES.map(priority => {
    const own = starts.filter(start => start.priority === priority);
    const { beyond, any, furthest } = startsOutOfOrder(own, inHand);
    return `${priority} ${beyond} of ${own.length} (${any} with no allowance, by ${furthest} places at most)`;
  });
  return `started after one accepted more than ${inHand} places later: ${classes.join(', ')}`;
}

function planBatch(before: number, size: number): PlannedRequest {
  const creations = Array.from({ length: size }, (_, index) => {
    const number = before + 1 + index;
    const marker = markerOf(number);
    return { marker, item: itemOf(marker, number, CLASS_OF[number % CLASS_OF.length]), intention: null };
  });
  const requestId = `batch-${creations[0]?.marker}`;
  return {
    path: '/v1/role-creations/batch',
    body: { items: creations.map(({ item }) => item) },
    idempotencyKey: requestId,
    sentAgain: false,
    requestId,
    creations,
  };
}

/** Hands over the way to count what waits on the queue or is in a worker's hand. */
async function withQueue<T>(
  { servers, queuePrefix }: SystemUnderTest,
  work: (waiting: () => Promise<number>) => Promise<T>,
): Promise<T> {
  const redis = openRedis(servers.redis.url, 'worker');
  const queue = openCreationQueue(redis, queuePrefix);
  try {
    return await work(async () => {
      const counts = await queue.bull.getJobCounts('wait', 'prioritized', 'delayed', 'active');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    });
  } finally {
    await queue.close();
    await closeRedis(redis);
  }
}
