import {
  type Bucket,
  type BucketRate,
  bucketRate,
  FULL_BUCKET,
  flowMs,
  owedAt,
  type Principal,
  type Taken,
  takenByOthers,
  takeTokens,
} from '@roleforge/domain';
import type { ReportRates } from '@roleforge/queue';
import { LRUCache } from 'lru-cache';
import { RequestProblem } from '../http/problem.ts';

const MOST_BUCKETS = 20_000;

/**
 * What is taken is told at once if it is a tenth or more of what is left, for then it matters to the other processes; else within so many
 * milliseconds. A call to Redis takes as much of the processor as a fifth of a submission: far from the limit there are few of them.
 */
const MATTERS = 10;
const GATHER_MS = 100;

/** A header says no longer time than this, in seconds: there are limits that let one request through in a thousand years. */
const LONGEST_S = 31_536_000;

/** What a request is told of its limits, and why it is refused; null where it is not. */
export type Counted = { headers: Record<string, string>; refusal: RequestProblem | null };

/** Counts a request against the limits of its tenant and its key. Null where they have none. */
export type RequestRate = (principal: Principal) => Counted | null;

type Needs = {
  report: ReportRates;
  /** Milliseconds on a clock that does not go back. */
  now: () => number;
};

/** A bucket as this process sees it. */
type View = {
  bucket: Bucket;
  rate: BucketRate;
  /** How many this process has taken and not told the others. */
  untold: number;
};

/** A bucket that a request needs something of. */
type Wanted = { name: string; whose: string; label: string; rate: BucketRate; view: View };

/** The buckets that a principal's requests need something of, and what the answers say of their sizes. */
type Counting = { wanted: readonly Wanted[]; policy: string };

/**
 * Limits are shared by all processes, and a request waits for none of them: each decides at once on its own view of a bucket, tells Redis
 * behind the request what it took, and hears what the others took. While a call is on its way, what is taken gathers for the next one,
 * as in the group commit. So more than the limit can pass by as much as the processes take before they have heard of each other, and
 * that is owed: the next requests wait until it has flowed back. While Redis is away each process keeps the limit by itself; what a
 * failed call would have told is not told again, for it may have been heard.
 */
export function createRequestRate({ report, now }: Needs): RequestRate {
  const views = new LRUCache<string, View>({ max: MOST_BUCKETS });
  /** By the principal as it was authenticated: it is the same object for as long as its key is believed. */
  const known = new WeakMap<Principal, Counting>();
  const touched = new Map<string, View>();
  let telling = false;
  let urgent = false;
  let gathering: NodeJS.Timeout | null = null;

  function countingOf(principal: Principal): Counting {
    const { tenantId, actor, tenantLimits, keyLimits } = principal;
    const wanted = [
      wantedOf(tenantId, 'tenant', 'This tenant', bucketRate(tenantLimits)),
      wantedOf(`${tenantId}:${actor.id}`, 'key', 'This API key', bucketRate(keyLimits)),
    ].flatMap(one => one ?? []);
    const counting = { wanted, policy: wanted.map(policyOf).join(', ') };
    known.set(principal, counting);
    return counting;
  }

  function wantedOf(name: string, label: string, whose: string, rate: BucketRate | null): Wanted | null {
    if (rate === null) return null;
    const view = views.get(name) ?? { bucket: FULL_BUCKET, rate, untold: 0 };
    views.set(name, view);
    return { name, whose, label, rate, view };
  }

  function keep({ name, view, rate }: Wanted, { bucket, left }: Taken): void {
    view.bucket = bucket;
    view.rate = rate;
    view.untold += 1;
    touched.set(name, view);
    if (view.untold * MATTERS >= left) urgent = true;
  }

  /** Requests that came in together are told of together; where that changes little, with those of the next moments. */
  function tellSoon(): void {
    if (telling || touched.size === 0) return;
    if (!urgent) {
      gathering ??= setTimeout(tell, GATHER_MS).unref();
      return;
    }
    telling = true;
    setImmediate(tell);
  }

  function tell(): void {
    if (gathering !== null) clearTimeout(gathering);
    gathering = null;
    telling = true;
    urgent = false;
    void tellAll().finally(() => {
      telling = false;
      tellSoon();
    });
  }

  async function tellAll(): Promise<void> {
    const group = [...touched];
    touched.clear();
    const sentAt = now();
    const reports = group.map(([bucket, { untold, rate }]) => ({ bucket, taken: untold, perSecond: rate.perSecond }));
    const believed = group.map(([, view]) => owedAt(view.bucket, view.rate, sentAt));
    for (const [, view] of group) view.untold = 0;
    const owed = await report(reports).catch(() => null);
    if (owed === null) return;
    // What is owed beyond what was believed when it was told, others have taken. A slow answer makes no limit stricter.
    for (const [index, [, view]] of group.entries()) {
      const others = (owed[index] as number) - (believed[index] as number);
      if (others > 0) view.bucket = takenByOthers(view.bucket, view.rate, now(), others);
    }
  }

  return principal => {
    const { tenantLimits, keyLimits } = principal;
    if (tenantLimits.requestsPerSecond === undefined && keyLimits.requestsPerSecond === undefined) return null;
    const counting = known.get(principal) ?? countingOf(principal);
    const { wanted } = counting;
    const at = now();
    const taken = wanted.map(({ view, rate }) => takeTokens(view.bucket, rate, at));
    if (taken.every(({ allowed }) => allowed)) {
      for (const [index, one] of wanted.entries()) keep(one, taken[index] as Taken);
      tellSoon();
      return { headers: headersOf(counting, taken), refusal: null };
    }
    // Of both buckets or of none: what the key may not have is not taken from the tenant.
    const untouched = wanted.map(({ view, rate }) => takeTokens(view.bucket, rate, at, 0));
    return { headers: headersOf(counting, untouched), refusal: refusalOf(wanted, taken) };
  };
}

function policyOf({ label, rate }: Wanted): string {
  return `"${label}";q=${rate.burst};w=${Math.max(1, seconds(flowMs(rate.burst, rate)))}`;
}

function headersOf({ wanted, policy }: Counting, taken: readonly Taken[]): Record<string, string> {
  const state = wanted.map(({ label }, index) => {
    const { left, resetMs } = taken[index] as Taken;
    return `"${label}";r=${left};t=${seconds(resetMs)}`;
  });
  return { 'RateLimit-Policy': policy, RateLimit: state.join(', ') };
}

function refusalOf(wanted: readonly Wanted[], taken: readonly Taken[]): RequestProblem {
  const waitMs = Math.max(...taken.map(({ retryAfterMs }) => retryAfterMs));
  const { whose, rate } = wanted[taken.findIndex(({ retryAfterMs }) => retryAfterMs === waitMs)] as Wanted;
  return new RequestProblem(
    'rate_limited',
    `${whose} may make ${rate.perSecond} requests a second, and ${rate.burst} at once. Nothing was done.`,
    { headers: { 'Retry-After': String(Math.max(1, seconds(waitMs))) } },
  );
}

function seconds(ms: number): number {
  return Math.min(LONGEST_S, Math.ceil(ms / 1_000));
}
