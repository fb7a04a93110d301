import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { judgeConsumption, newConsumption, sampled } from '@roleforge/domain';
import type { CreationConsumer, Workforce } from '@roleforge/queue';
import type { Finding } from './readiness.ts';

type Options = {
  workforce: Workforce;
  consumer: Pick<CreationConsumer, 'running' | 'taken'>;
  concurrency: number;
  clock: () => Date;
  everyMs?: number;
};

/** A worker's place among the workers: once a second it says that it is there, and learns whether it takes what waits. */
export type Presence = {
  /** What is wrong with how this worker consumes; null where nothing is. */
  finding(): Finding | null;
  /** Gives notice that this worker takes no more, and waits for nobody: where Redis is away, its absence will be noticed. */
  stop(): void;
};

export function startPresence({ workforce, consumer, concurrency, clock, everyMs = 1_000 }: Options): Presence {
  const id = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  let consumption = newConsumption(clock());
  let reported = 0;
  let reporting: Promise<void> | null = null;

  async function report(): Promise<void> {
    const taken = consumer.taken();
    const waiting = await workforce.report({ id, started: taken - reported });
    reported = taken;
    // Compared with what was taken until now, not with what was known when the question was asked.
    consumption = sampled(consumption, {
      at: clock(),
      waiting,
      inHand: consumer.running(),
      concurrency,
      taken: consumer.taken(),
    });
  }

  const timer = setInterval(() => {
    // One that hangs is not followed by others; that nothing was seen meanwhile is what counts.
    reporting ??= report()
      .catch(() => {})
      .finally(() => {
        reporting = null;
      });
  }, everyMs);

  return {
    finding() {
      const verdict = judgeConsumption(consumption, clock());
      switch (verdict.kind) {
        case 'consuming':
          return null;
        case 'blind':
          return { status: 'cannot see the queue', since: verdict.since };
        case 'starving':
          return { status: 'takes nothing while jobs wait', since: verdict.since };
      }
    },
    stop() {
      clearInterval(timer);
      void Promise.resolve(reporting)
        .then(() => workforce.leave(id))
        .catch(() => {});
    },
  };
}
