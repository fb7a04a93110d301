import type { AllQueues } from '@roleforge/queue';
import { foldMetricTexts, gaugesText } from '@roleforge/telemetry';
import { seldom } from './seldom.ts';
import { systemGauges } from './system-gauges.ts';
import type { SystemWatch } from './system-watch.ts';

type Needs = { system: Pick<SystemWatch, 'seen'>; queues: Pick<AllQueues, 'readMetrics'>; clock: () => Date };

/** One who has not looked for so long, in milliseconds, may not hold the lease any more. */
const STALE_MS = 4_000;
const OF_ANOTHER = '# The system as a whole is told of by another api process.\n';

/** At least this long apart, in milliseconds, the queues are counted: anybody may ask for the page. */
const QUEUES_EVERY_MS = 1_000;

/**
 * The parts of the metrics page that are about the system as a whole, given by the process that holds the lease: with every process's own, sums
 * over processes would count it several times. While Redis does not answer nobody can tell who that is; then each says so. What BullMQ
 * tells of its queues is a part of its own, and rejects where it cannot be read.
 */
export function createSystemMetrics({ system, queues, clock }: Needs): readonly (() => Promise<string>)[] {
  const readQueues = seldom(queues.readMetrics, QUEUES_EVERY_MS, () => clock().getTime());

  /** What this process saw, if it is its to tell. */
  async function ownToTell() {
    const { own, holder } = await system.seen();
    if (own === null || (own.sample.redis && !holder)) return null;
    if (own.sample.redis && clock().getTime() - own.sample.at.getTime() > STALE_MS) return null;
    return own.sample;
  }

  return [
    async () => {
      const sample = await ownToTell();
      return sample === null ? OF_ANOTHER : gaugesText(systemGauges(sample, clock()));
    },
    async () => {
      const sample = await ownToTell();
      return sample === null || !sample.redis ? '' : `${foldMetricTexts(await readQueues())}\n`;
    },
  ];
}
