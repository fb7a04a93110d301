import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { WorkerDoing } from '@roleforge/contracts';
import { judgeConsumption, newConsumption, newLatencyTally, sampled } from '@roleforge/domain';
import { type CreationConsumer, latencyCounts, type Workforce } from '@roleforge/queue';
import type { Finding } from './readiness.ts';

type Options = {
  workforce: Workforce;
  consumer: Pick<CreationConsumer, 'running' | 'taken' | 'worked'>;
  concurrency: number;
  /** What it does at the moment. */
  doing: () => Omit<WorkerDoing, 'phase'>;
  clock: () => Date;
  everyMs?: number;
};

/** A worker's place among the workers: once a second it says that it is there and what it does, and learns whether it takes what waits. */
export type Presence = {
  /** What is wrong with how this worker consumes; null where nothing is. */
  finding(): Finding | null;
  /** Gives notice that this worker takes no more; what it still has in hand it goes on to tell. */
  leave(): void;
  /** It is gone. Waits for nobody: where Redis is away, its absence will be noticed. */
  stop(): void;
};

export function startPresence(options: Options): Presence {
  const { workforce, consumer, concurrency, doing, clock, everyMs = 1_000 } = options;
  const id = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  let consumption = newConsumption(clock());
  let reported = { taken: 0, ended: 0, pickups: newLatencyTally() };
  let phase: WorkerDoing['phase'] = 'working';
  let reporting: Promise<void> | null = null;

  async function report(): Promise<void> {
    const taken = consumer.taken();
    const { ended, pickups } = consumer.worked();
    const before = reported;
    const now = { taken, ended, pickups: [...pickups] };
    const pickedUp = now.pickups.map((count, index) => count - (before.pickups[index] ?? 0));
    const counts = {
      ...(ended > before.ended ? { ended: ended - before.ended } : {}),
      ...latencyCounts('pickup', pickedUp),
    };
    const waiting = await workforce.report({ id, started: taken - before.taken, doing: { ...doing(), phase }, counts });
    reported = now;
    // Compared with what was taken until now, not with what was known when the question was asked.
    consumption = sampled(consumption, {
      at: clock(),
      waiting,
      inHand: consumer.running(),
      concurrency,
      taken: consumer.taken(),
    });
  }

  function reportUnlessOneHangs(): void {
    // One that hangs is not followed by others; that nothing was seen meanwhile is what counts.
    reporting ??= report()
      .catch(() => {})
      .finally(() => {
        reporting = null;
      });
  }

  const timer = setInterval(reportUnlessOneHangs, everyMs);

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
    leave() {
      phase = 'stopping';
      reportUnlessOneHangs();
    },
    stop() {
      clearInterval(timer);
      void Promise.resolve(reporting)
        .then(() => workforce.leave(id))
        .catch(() => {});
    },
  };
}
