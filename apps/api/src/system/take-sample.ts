import type { ConfiguredModel, PaceSample, SystemSample } from '@roleforge/domain';
import type { Tallies, Workforce } from '@roleforge/queue';
import type { ProviderWatch } from '@roleforge/writer/limits';
import { seldom } from './seldom.ts';

type Part<K extends keyof SystemSample> = NonNullable<SystemSample[K]>;

/** Where each part of a sample comes from. All of them reject where whoever knows it does not answer. */
export type SampleSources = {
  readPause(): Promise<Date | null>;
  countUnfinished(): Promise<Part<'ledger'>>;
  readWebhooks(now: Date): Promise<Part<'webhooks'>>;
  readMonthCost(now: Date): Promise<number>;
  sampleQueue(): Promise<Part<'queue'>>;
  readMemory(): Promise<Part<'memory'>>;
  workforce: Pick<Workforce, 'look'>;
  tallies: Pick<Tallies, 'read'>;
  watchProviders: ProviderWatch;
  /** Models that this process is configured with itself. */
  models: readonly Pick<ConfiguredModel, 'provider' | 'model'>[];
  clock: () => Date;
};

/** At least this long apart, in milliseconds. */
const LEDGER_EVERY_MS = 900;
const COST_EVERY_MS = 60_000;
/** So many models are looked at. */
const MOST_MODELS = 50;

export type TakeSample = (redisAnswers: boolean) => Promise<SystemSample>;

/**
 * Looks at the whole system once, at MySQL and Redis side by side. Never rejects: what cannot be told is null. Where it is known that
 * Redis does not answer, it is not asked for each part anew.
 */
export function createTakeSample(sources: SampleSources): TakeSample {
  const { clock } = sources;
  const now = () => clock().getTime();
  const unfinished = seldom(sources.countUnfinished, LEDGER_EVERY_MS, now);
  const webhooks = seldom(() => sources.readWebhooks(clock()), LEDGER_EVERY_MS, now);
  const monthCost = seldom(() => sources.readMonthCost(clock()), COST_EVERY_MS, now);

  /** One after the other: a ledger that hangs has one connection of ours, not all. */
  async function ofLedger() {
    const pause = await orNull(async () => ({ since: await sources.readPause() }));
    if (pause === null) return { mysql: false, pausedSince: null, ledger: null, webhooks: null, monthCostUsd: null };
    return {
      mysql: true,
      pausedSince: pause.since,
      ledger: await orNull(unfinished),
      webhooks: await orNull(webhooks),
      monthCostUsd: await orNull(monthCost),
    };
  }

  async function ofQueue(redisAnswers: boolean) {
    const away = { redis: false, queue: null, workers: null, pace: null, providers: null, memory: null };
    if (!redisAnswers) return away;
    const [queue, looked, pace, memory] = await Promise.all([
      orNull(sources.sampleQueue),
      orNull(sources.workforce.look),
      orNull<PaceSample>(sources.tallies.read),
      orNull(sources.readMemory),
    ]);
    if (queue === null || looked === null) return away;
    const models = distinct([...sources.models, ...looked.models]).slice(0, MOST_MODELS);
    const providers = await orNull(() => sources.watchProviders(models, clock()));
    return { redis: true, queue, workers: looked.workers, pace, providers, memory };
  }

  return async redisAnswers => {
    const at = clock();
    const [ledger, queue] = await Promise.all([ofLedger(), ofQueue(redisAnswers)]);
    return { at, ...ledger, ...queue };
  };
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch {
    return null;
  }
}

function distinct<T extends Pick<ConfiguredModel, 'provider' | 'model'>>(models: readonly T[]): T[] {
  return [...new Map(models.map(of => [`${of.provider}/${of.model}`, of])).values()];
}
