import type { TenantLimits, TenantUsage } from '@roleforge/contracts';
import { type CreationLimit, type CreationRoom, utcDayOf, utcMonthOf } from '@roleforge/domain';
import { RequestProblem } from '../http/problem.ts';

/** When a caller may try again whose creations wait: nobody knows when workers have taken some. Seconds. */
const RETRY_AFTER_WAITING_S = 10;
const DAY_S = 86_400;

/** When there is room again, and how it is said. Null where no clock tells it. */
const FREED: Record<CreationLimit, (now: Date) => { at: Date | null; said: string }> = {
  creationsPerDay: now => atTime(utcDayOf(now).until),
  monthlyCostUsd: now => atTime(utcMonthOf(now).until),
  waiting: () => ({ at: null, said: 'when some of those that wait have been begun, cancelled or have expired' }),
};

function atTime(at: Date): { at: Date; said: string } {
  return { at, said: `from ${at.toISOString()} on` };
}

/** What a creation gets that a limit leaves no room for. */
export function limitReached(
  { limit, value }: NonNullable<CreationRoom['reached']>,
  headers: Record<string, string>,
  now: Date,
): RequestProblem {
  const { at, said } = FREED[limit](now);
  const waitS = at === null ? RETRY_AFTER_WAITING_S : secondsUntil(at, now);
  return new RequestProblem(
    'limit_reached',
    `The tenant’s limit \`${limit}\` of ${value} has been reached: there is room again ${said}.`,
    { headers: { ...headers, 'Retry-After': String(waitS) } },
  );
}

/** How much of the day's limit is left, for the answer's rate headers; none where the day is not limited. */
export function dayHeaders(
  { creationsPerDay }: TenantLimits,
  { creationsToday = 0 }: Partial<TenantUsage>,
  now: Date,
): Record<string, string> {
  if (creationsPerDay === undefined) return {};
  const left = Math.max(0, creationsPerDay - creationsToday);
  return {
    'RateLimit-Policy': `"day";q=${creationsPerDay};w=${DAY_S}`,
    RateLimit: `"day";r=${left};t=${secondsUntil(utcDayOf(now).until, now)}`,
  };
}

function secondsUntil(at: Date, now: Date): number {
  return Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1_000));
}
