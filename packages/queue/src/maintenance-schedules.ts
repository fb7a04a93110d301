import type { Queue } from 'bullmq';
import type { RecurringJob } from './recurring-job.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Finished runs stay for a while to be looked at. */
const KEEP_RUNS = { removeOnComplete: { count: 10 }, removeOnFail: { count: 50 } };

/**
 * Makes the schedules of the recurring jobs, and looks after them from then on: a Redis that was wiped has lost them with
 * everything else, and has them again within the shortest of the intervals. What is there is left alone.
 */
export async function keepSchedules(
  queue: Queue,
  redis: RedisConnection,
  jobs: readonly RecurringJob[],
  onError: (error: Error) => void,
): Promise<{ stop(): void }> {
  await oneRunAtATime(queue);
  for (const one of jobs) if (!(await isScheduled(queue, redis, one, { asOften: true }))) await schedule(queue, one);

  let looking = false;
  let stopped = false;
  const look = async () => {
    // While Redis is away a look waits for it; one that waits is enough.
    if (looking) return;
    looking = true;
    try {
      await oneRunAtATime(queue);
      // Releases that run side by side may differ in how often: after the start, that is no reason to make it anew.
      for (const one of jobs) if (!(await isScheduled(queue, redis, one))) await schedule(queue, one);
    } catch (error) {
      if (!stopped) onError(error as Error);
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), Math.min(...jobs.map(({ everyMs }) => everyMs)));
  timer.unref();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

/** A run that takes longer than the pause would otherwise meet the next one on another worker. */
async function oneRunAtATime(queue: Queue): Promise<void> {
  if ((await queue.getGlobalConcurrency()) !== 1) await queue.setGlobalConcurrency(1);
}

/**
 * Whether the schedule is there and goes on. BullMQ makes a run's job when the run before is taken up: a schedule whose next
 * run is not there, or is over already, has come to a stop. One whose runs have a payload that cannot be read here was made by a newer
 * release, which is gone again or will read ours: left alone, it would have no run that succeeds after a rollback.
 */
async function isScheduled(
  queue: Queue,
  redis: RedisConnection,
  { job: { name, data }, everyMs }: RecurringJob,
  { asOften = false } = {},
): Promise<boolean> {
  const schedule = await queue.getJobScheduler(name);
  if (schedule === undefined || (asOften && schedule.every !== everyMs)) return false;
  if (!data.safeParse(schedule.template?.data).success) return false;
  const next = queue.toKey(`repeat:${name}:${schedule.next}`);
  const [there, finished] = await redis.hmget(next, 'name', 'finishedOn');
  return there != null && finished == null;
}

/** Makes the schedule, the first run of which comes at once, or its next run where that alone was missing. */
async function schedule(queue: Queue, { job: { name }, everyMs }: RecurringJob): Promise<void> {
  await queue.upsertJobScheduler(name, { every: everyMs }, { name, data: { version: 1 }, opts: KEEP_RUNS });
}
