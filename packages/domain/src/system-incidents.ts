import type { IncidentCode, IncidentSeverity, Priority, SystemOutlook } from '@roleforge/contracts';
import type { ProviderSample, QueueSample, SystemSample } from './system-sample.ts';

/** Something that a sample shows to be wrong. It is an incident once it has lasted for `afterMs`. */
export type Finding = {
  /** The code, and for what: there is one incident for each at a time. */
  id: string;
  code: IncidentCode;
  severity: IncidentSeverity;
  message: string;
  afterMs: number;
};

/** So old may the oldest creation of a class become before somebody should look, in milliseconds. */
export const OLDEST_WAITING_MS: Record<Priority, number> = {
  urgent: 30_000,
  high: 60_000,
  normal: 300_000,
  low: 1_800_000,
};
/** What waits beside free hands for longer than this is not being taken. */
const UNTAKEN_MS = 15_000;
const OLDEST_WEBHOOK_MS = 120_000;
const MEMORY_PART = 0.9;
/** So many creations, and such a part of them, may the ledger have that the queue does not know: some are always on their way. */
const APART = { count: 10, part: 0.02 };

/** For how long each must have lasted: what mends itself within that is nobody's business. */
const AFTER_MS: Record<IncidentCode, number> = {
  mysql_away: 0,
  redis_away: 0,
  system_paused: 0,
  no_workers: 3_000,
  nothing_taken: 5_000,
  waiting_too_long: 5_000,
  ledger_and_queue_apart: 45_000,
  breaker_open: 0,
  provider_limited: 10_000,
  webhook_backlog: 10_000,
  eviction_policy: 0,
  redis_memory: 10_000,
};

type Found = Omit<Finding, 'afterMs' | 'id'> & { of?: string };

/** All that is wrong, the gravest first. */
export function findIncidents(sample: SystemSample): Finding[] {
  const found = [...ofStores(sample), ...ofWork(sample), ...ofProviders(sample), ...ofUpkeep(sample)];
  return found
    .map(({ of, ...finding }) => ({
      ...finding,
      id: of === undefined ? finding.code : `${finding.code}:${of}`,
      afterMs: AFTER_MS[finding.code],
    }))
    .toSorted((a, b) => GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity));
}

const GRAVITY: readonly IncidentSeverity[] = ['critical', 'major', 'minor', 'info'];

function* ofStores({ mysql, redis }: SystemSample): Generator<Found> {
  if (!mysql)
    yield {
      code: 'mysql_away',
      severity: 'critical',
      message: 'The database does not answer: new requests are refused until it is back.',
    };
  if (!redis)
    yield {
      code: 'redis_away',
      severity: 'critical',
      message: 'The queue does not answer: requests are accepted, and roles are made when it is back.',
    };
}

function* ofWork({ pausedSince, queue, workers, pace, ledger }: SystemSample): Generator<Found> {
  const paused = pausedSince !== null || queue?.paused === true;
  if (paused)
    yield {
      code: 'system_paused',
      severity: 'info',
      message: 'The operator has paused the system: requests are accepted, and nothing is begun.',
    };
  if (queue === null || workers === null) return;
  const working = workers.filter(({ phase }) => phase !== 'stopping');
  // Those that stop finish what they have in hand; what those had in hand that are gone is taken up by nobody.
  const left = working.length === 0 && (queue.waiting > 0 || (queue.active > 0 && workers.length === 0));
  if (!paused && left)
    yield {
      code: 'no_workers',
      severity: 'critical',
      message: 'No worker takes jobs: what was accepted waits.',
    };
  if (!paused && queue.waiting > 0) {
    if (oldestOf(queue) > UNTAKEN_MS && pace?.startsPerSecond === 0 && working.some(hasFreeHands))
      yield {
        code: 'nothing_taken',
        severity: 'critical',
        message: 'Workers have free hands and take none of the jobs that wait.',
      };
    for (const { priority, oldestAgeMs } of queue.classes)
      if (oldestAgeMs > OLDEST_WAITING_MS[priority])
        yield {
          code: 'waiting_too_long',
          of: priority,
          severity: 'major',
          message: `Creations of priority ${priority} wait for longer than ${spanOf(OLDEST_WAITING_MS[priority])}.`,
        };
  }
  if (ledger === null || ledger.atLeast) return;
  const unfinished = ledger.queued + ledger.scheduled + ledger.running + ledger.cancelling - ledger.stopped;
  const missing = unfinished - (queue.waiting + queue.scheduled + queue.parked + queue.active);
  if (missing > Math.max(APART.count, APART.part * unfinished))
    yield {
      code: 'ledger_and_queue_apart',
      severity: 'major',
      message: 'The queue does not hold all that was accepted, and is not being filled up again.',
    };
}

function hasFreeHands({ concurrency, inHand }: NonNullable<SystemSample['workers']>[number]): boolean {
  if (concurrency === null || inHand === null) return false;
  return inHand.gathering + inHand.writing + inHand.saving < concurrency;
}

function oldestOf({ classes }: QueueSample): number {
  return Math.max(0, ...classes.map(({ oldestAgeMs }) => oldestAgeMs));
}

function* ofProviders({ providers }: SystemSample): Generator<Found> {
  for (const one of providers ?? []) {
    const of = `${providerLabel(one.provider)}/${one.model}`;
    if (one.breaker === 'open')
      yield {
        code: 'breaker_open',
        of,
        severity: 'major',
        message: `The model ${of} is failing, and is not asked for a while.`,
      };
  }
  for (const provider of new Set((providers ?? []).filter(isLimited).map(one => providerLabel(one.provider))))
    yield {
      code: 'provider_limited',
      of: provider,
      severity: 'minor',
      message: `The AI provider ${provider} takes no calls for a while: creations wait for it.`,
    };
}

/** A provider's name as all the world may know it: one that nobody has named is called by its address, which is the operator's business. */
export function providerLabel(name: string): string {
  return /^[\w -]+$/.test(name) ? name : 'default';
}

function isLimited({ limitedUntil }: ProviderSample): boolean {
  return limitedUntil !== null;
}

function* ofUpkeep({ webhooks, memory }: SystemSample): Generator<Found> {
  if (webhooks !== null && webhooks.oldestDueMs > OLDEST_WEBHOOK_MS)
    yield {
      code: 'webhook_backlog',
      severity: 'major',
      message: `Webhooks that are due wait for longer than ${spanOf(OLDEST_WEBHOOK_MS)}.`,
    };
  if (memory === null) return;
  if (memory.evictionPolicy !== 'noeviction')
    yield {
      code: 'eviction_policy',
      severity: 'major',
      message: 'Redis may throw keys away when its memory is full: set its maxmemory-policy to noeviction.',
    };
  if (memory.maxBytes > 0 && memory.usedBytes > MEMORY_PART * memory.maxBytes)
    yield {
      code: 'redis_memory',
      severity: 'major',
      message: `More than ${MEMORY_PART * 100} % of the memory that Redis may use is in use.`,
    };
}

function spanOf(ms: number): string {
  return ms < 120_000 ? `${ms / 1_000} seconds` : `${ms / 60_000} minutes`;
}

/** What it all comes to, given the incidents that last. */
export function systemOutlook(current: readonly { code: IncidentCode; severity: IncidentSeverity }[]): SystemOutlook {
  const is = (code: IncidentCode) => current.some(incident => incident.code === code);
  if (is('mysql_away')) return 'down';
  if (is('system_paused')) return 'paused';
  return current.some(({ severity }) => severity === 'critical' || severity === 'major') ? 'degraded' : 'operational';
}
