import type { AllQueues } from '@roleforge/queue';
import { foldMetricTexts, gaugesText } from '@roleforge/telemetry';
import { systemGauges } from './system-gauges.ts';
import type { SystemWatch } from './system-watch.ts';

type Needs = { system: Pick<SystemWatch, 'seen'>; queues: Pick<AllQueues, 'readMetrics'>; clock: () => Date };

/** One who has not looked for so long, in milliseconds, may not hold the lease any more. */
const STALE_MS = 4_000;
const OF_ANOTHER = '# The system as a whole is told of by another api process.\n';

/**
 * The part of the metrics page that is about the system as a whole, given by the process that holds the lease: with every process's own, sums
 * over processes would count it several times. While Redis does not answer nobody can tell who that is; then each says so.
 */
export function createSystemMetrics({ system, queues, clock }: Needs): () => Promise<string> {
  return async () => {
    const { own, holder } = await system.seen();
    if (own === null || (own.sample.redis && !holder)) return OF_ANOTHER;
    if (own.sample.redis && clock().getTime() - own.sample.at.getTime() > STALE_MS) return OF_ANOTHER;
    const ofQueues = own.sample.redis ? await queues.readMetrics().catch(() => []) : [];
    const gauges = await gaugesText(systemGauges(own.sample, clock()));
    return `${[gauges.trimEnd(), foldMetricTexts(ofQueues)].filter(Boolean).join('\n')}\n`;
  };
}
