import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { JOBS } from '@roleforge/contracts';
import { testServers } from '@roleforge/testkit';
import { Queue } from 'bullmq';
import { closeRedis, openRedis, type RecurringJob, startMaintenance } from './index.ts';
import { queuePrefix } from './keys.ts';
import { type Bench, happens, openBench, told, until } from './queue.fixture.ts';
import type { RedisConnection } from './redis-connection.ts';

const HOLDER = fileURLToPath(new URL('./fixtures/maintenance-holder.ts', import.meta.url));

let bench: Bench;
let redis: RedisConnection;
beforeEach(async () => {
  bench = openBench();
  redis = await bench.redis();
});
afterEach(() => bench.close());

const EVERY_MS = 50;
const SELDOM_MS = 3_600_000;

const reconciling = (run: RecurringJob['run'], everyMs = EVERY_MS): RecurringJob => ({
  job: JOBS.reconcile,
  everyMs,
  run,
});
const pruning = (run: RecurringJob['run'], everyMs = EVERY_MS): RecurringJob => ({ job: JOBS.prune, everyMs, run });

type Options = { onError?: (error: Error) => void; lockMs?: number };

/** As one more process starts it. */
async function start(jobs: RecurringJob[], { onError = () => {}, ...options }: Options = {}) {
  const own = await bench.redis('worker');
  const maintenance = await startMaintenance({ redis: own, prefix: bench.prefix, jobs, onError, ...options });
  bench.afterwards(() => maintenance.stop());
  return maintenance;
}

/** BullMQ's own view of the maintenance queue. */
function bullQueue(): Queue {
  const { queue: name } = JOBS.reconcile;
  const queue = new Queue(name, { connection: redis, prefix: queuePrefix(bench.prefix, name) });
  bench.afterwards(() => queue.close());
  return queue;
}

/** Loses what this test has in Redis, as if all of it had been wiped. */
async function wipe(): Promise<void> {
  const keys = await redis.keys(`{${bench.prefix}:*`);
  expect(keys.length).toBeGreaterThan(0);
  await redis.del(...keys);
}

/** Outlasts what a busy machine may hold a process up for, so that none loses its run by that. */
const LOCK_MS = 3_000;

/** Holds a run for as long as this many more of the shortest intervals. */
async function hold(intervals: number): Promise<void> {
  const end = Date.now() + intervals * EVERY_MS;
  await until(async () => (await redis.ping()) === 'PONG' && Date.now() >= end);
}

describe('maintenance', () => {
  test('runs each job again and again, however many processes start them, one run at a time', async () => {
    const runs = { reconcile: told<void>(), prune: told<void>() };
    let running = 0;
    let most = 0;
    /** It takes so long that others are due meanwhile. */
    const counted = (name: keyof typeof runs) => async () => {
      running += 1;
      most = Math.max(most, running);
      await hold(4);
      running -= 1;
      runs[name].tell();
    };
    const jobs = [reconciling(counted('reconcile')), pruning(counted('prune'))];
    await start(jobs);
    await start(jobs);
    for (let more = 0; more < 4; more += 1) await Promise.all([runs.reconcile.next(), runs.prune.next()]);
    expect(most).toBe(1);
  });

  test('a job that is due seldom runs once, while another runs often', async () => {
    const runs = told<void>();
    let seldom = 0;
    await start([
      reconciling(async () => runs.tell()),
      pruning(async () => {
        seldom += 1;
      }, SELDOM_MS),
    ]);
    for (let more = 0; more < 8; more += 1) await runs.next();
    expect(seldom).toBe(1);
  });

  test('a job that is always due again keeps no other from its turn', async () => {
    const runs = told<string>();
    await start([
      pruning(async () => {
        await hold(2);
        runs.tell('always due');
      }),
      reconciling(async () => runs.tell('other'), 4 * EVERY_MS),
    ]);
    let turns = 0;
    let waited = 0;
    let longest = 0;
    while (turns < 5) {
      if ((await runs.next()) === 'other') {
        turns += 1;
        waited = 0;
      } else waited += 1;
      longest = Math.max(longest, waited);
    }
    // It is due after every second run or so of the one that takes twice its interval, and waits for no more than two besides.
    expect(longest).toBeLessThanOrEqual(4);
  });

  test('another process goes on when one stops', async () => {
    const runs = told<string>();
    const first = await start([reconciling(async () => runs.tell('first'))]);
    await runs.next();
    await start([reconciling(async () => runs.tell('second'))]);
    await first.stop();
    while ((await runs.next()) !== 'second');
    expect(await runs.next()).toBe('second');
  });

  test('a run that fails is reported once, and the next one comes', async () => {
    const fault = new Error('a fault of the program');
    const errors: Error[] = [];
    const runs = told<void>();
    let count = 0;
    const run = async () => {
      runs.tell();
      count += 1;
      if (count === 1) throw fault;
    };
    await start([reconciling(run)], { onError: error => errors.push(error) });
    for (let more = 0; more < 3; more += 1) await runs.next();
    expect(errors).toEqual([fault]);
  });

  test('a job that this release does not know, or cannot read, fails and harms nobody', async () => {
    const errors = told<Error>();
    const queue = bullQueue();
    await start([reconciling(async () => {}, SELDOM_MS)], { onError: errors.tell });
    await queue.add('not-ours', { version: 1 });
    expect(await errors.next()).toMatchObject({ message: 'job_invalid' });
    await queue.add(JOBS.reconcile.name, { version: 2 });
    expect(await errors.next()).toMatchObject({ message: 'job_invalid' });
  });
});

describe('the schedules', () => {
  test('come back to a Redis that was wiped, and still one run is in hand at a time', async () => {
    const runs = { reconcile: told<void>(), prune: told<void>() };
    const queue = bullQueue();
    await start([reconciling(async () => runs.reconcile.tell()), pruning(async () => runs.prune.tell(), SELDOM_MS)]);
    await Promise.all([runs.reconcile.next(), runs.prune.next()]);
    await wipe();
    // The one that is due in an hour runs now: nobody knows any more when it last did.
    await runs.prune.next();
    for (let more = 0; more < 3; more += 1) await runs.reconcile.next();
    expect(await queue.getGlobalConcurrency()).toBe(1);
    expect((await queue.getJobSchedulers()).map(({ key, every }) => [key, every]).toSorted()).toEqual([
      ['prune', SELDOM_MS],
      ['reconcile', EVERY_MS],
    ]);
  });

  test('come back where one of them, or its next run alone, was lost', async () => {
    const runs = told<void>();
    const queue = bullQueue();
    await start([reconciling(async () => {}), pruning(async () => runs.tell(), SELDOM_MS)]);
    await runs.next();
    await queue.removeJobScheduler(JOBS.prune.name);
    await runs.next();
    const next = async () => (await queue.getJobScheduler(JOBS.prune.name))?.next ?? 0;
    const lost = `repeat:prune:${await next()}`;
    await queue.remove(lost).catch(() => {});
    await redis.del(queue.toKey(lost));
    await redis.zrem(queue.toKey('delayed'), lost);
    await until(async () => (await queue.getJob(`repeat:prune:${await next()}`)) !== undefined);
  });

  test('are not disturbed by a process that starts later, nor by looking after them', async () => {
    const runs = told<void>();
    const queue = bullQueue();
    const jobs = [reconciling(async () => runs.tell()), pruning(async () => {}, SELDOM_MS)];
    await start(jobs);
    await runs.next();
    await until(async () => (await queue.getDelayedCount()) > 0 && (await queue.getCompletedCount()) > 1);
    const due = await queue.getJobScheduler(JOBS.prune.name);
    const job = await queue.getJob(`repeat:prune:${due?.next}`);
    await start(jobs);
    for (let more = 0; more < 5; more += 1) await runs.next();
    expect(await queue.getJobScheduler(JOBS.prune.name)).toEqual(due);
    expect(await queue.getJob(`repeat:prune:${due?.next}`)).toMatchObject({ timestamp: job?.timestamp });
  });

  test('follow a setting that was changed, at the next start', async () => {
    const queue = bullQueue();
    const first = await start([reconciling(async () => {}, SELDOM_MS)]);
    await first.stop();
    const runs = told<void>();
    await start([reconciling(async () => runs.tell())]);
    for (let more = 0; more < 3; more += 1) await runs.next();
    expect((await queue.getJobScheduler(JOBS.reconcile.name))?.every).toBe(EVERY_MS);
  });

  test('that a newer release made are made anew where their runs cannot be read, without anybody being started', async () => {
    const runs = told<void>();
    const queue = bullQueue();
    await start([reconciling(async () => runs.tell())]);
    await runs.next();
    const { name } = JOBS.reconcile;
    await queue.upsertJobScheduler(name, { every: EVERY_MS }, { name, data: { version: 2 } });
    await until(async () => (await queue.getJobScheduler(name))?.template?.data?.version === 1);
    for (let more = 0; more < 3; more += 1) await runs.next();
  });
});

describe('the hold on a run', () => {
  test('is renewed for as long as the run takes', async () => {
    const runs = told<string>();
    const firstRun = Promise.withResolvers<void>();
    let ended = false;
    const errors: Error[] = [];
    const options = { lockMs: LOCK_MS, onError: (error: Error) => errors.push(error) };
    await start(
      [
        reconciling(async () => {
          firstRun.resolve();
          if (!ended) await hold((2 * LOCK_MS) / EVERY_MS);
          ended = true;
          runs.tell('first');
        }),
      ],
      options,
    );
    await firstRun.promise;
    await start([reconciling(async () => runs.tell(ended ? 'in turn' : 'too early'))], options);
    expect(await runs.next()).toBe('first');
    while ((await runs.next()) !== 'in turn');
    expect(errors).toEqual([]);
  }, 60_000);

  test('of a process that was killed passes to another, and all jobs go on', async () => {
    const { redisUrl } = testServers();
    const holder = spawn(process.execPath, [HOLDER, redisUrl, bench.prefix, String(LOCK_MS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(holder, 'exit');
    bench.afterwards(async () => {
      holder.kill('SIGKILL');
      await gone;
    });
    await once(createInterface({ input: holder.stdout }), 'line');
    const runs = { reconcile: told<void>(), prune: told<void>() };
    let heldByTheOther = true;
    const early: string[] = [];
    const noted = (name: keyof typeof runs) => async () => {
      if (heldByTheOther) early.push(name);
      runs[name].tell();
    };
    await start([reconciling(noted('reconcile')), pruning(noted('prune'))], { lockMs: LOCK_MS });
    await hold((1.5 * LOCK_MS) / EVERY_MS);
    heldByTheOther = false;
    holder.kill('SIGKILL');
    for (let more = 0; more < 3; more += 1) await Promise.all([runs.reconcile.next(), runs.prune.next()]);
    expect(early).toEqual([]);
  }, 60_000);

  test('once lost asks the run to end', async () => {
    const lost = told<AbortSignal>();
    const queue = bullQueue();
    let first = true;
    await start(
      [
        reconciling(async signal => {
          if (!first) return;
          first = false;
          const [id = ''] = await redis.lrange(queue.toKey('active'), 0, 0);
          await redis.set(`${queue.toKey(id)}:lock`, 'another worker', 'PX', 60_000);
          if (!signal.aborted) await once(signal, 'abort');
          lost.tell(signal);
        }),
      ],
      { lockMs: 200 },
    );
    expect((await lost.next()).reason).toBe('lock_lost');
  });
});

describe('stopping', () => {
  test('asks the run in hand to end, and waits for it', async () => {
    const started = told<void>();
    const gate = Promise.withResolvers<void>();
    let ended = false;
    let reason: unknown;
    const maintenance = await start([
      reconciling(async signal => {
        started.tell();
        await gate.promise;
        reason = signal.reason;
        ended = true;
      }),
    ]);
    await started.next();
    const stopped = maintenance.stop().then(() => ended);
    // Time enough for a stop that does not wait.
    for (let pings = 0; pings < 10; pings += 1) await redis.ping();
    gate.resolve();
    expect(await stopped).toBe(true);
    expect(reason).toBe('stopping');
  });

  test('does not wait for a Redis that is away', async () => {
    const way = await bench.wayToCut();
    const own = openRedis(way.url, 'worker');
    bench.afterwards(() => closeRedis(own));
    const cut = told<void>();
    let runs = 0;
    const reconcile = async () => {
      runs += 1;
      // With the second run all connections are up.
      if (runs < 2) return;
      way.cut();
      cut.tell();
      await own.ping();
    };
    const jobs = [reconciling(reconcile)];
    const maintenance = await startMaintenance({ redis: own, prefix: bench.prefix, jobs, onError() {} });
    const away = happens(own, 'reconnecting');
    await cut.next();
    await away;
    await maintenance.stop();
  });
});
