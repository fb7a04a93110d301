import type { TenantLimits, TenantUsage } from '@roleforge/contracts';

/** The limits on creations, with what is counted against each; not those on requests, nor that on what runs at a time. */
export const CREATION_LIMITS = {
  creationsPerDay: 'creationsToday',
  waiting: 'waiting',
  monthlyCostUsd: 'monthCostUsd',
} as const satisfies Partial<Record<keyof TenantLimits, keyof TenantUsage>>;
export type CreationLimit = keyof typeof CREATION_LIMITS;

/** How many of the creations that are wanted there is room for, and the limit that leaves no room for more. */
export type CreationRoom = { granted: number; reached: { limit: CreationLimit; value: number } | null };

/** The limits of these that the tenant has. */
export function limitsAmong(limits: TenantLimits, names: readonly CreationLimit[]): CreationLimit[] {
  return names.filter(name => limits[name] !== undefined);
}

/**
 * How many creations may still be accepted under these limits: each of them counts as one, but what it will cost is not known, so that a
 * tenant whose month has cost less than its limit may submit as many as it likes.
 * @param used must have what is counted against each of the limits
 */
export function roomFor(
  limits: TenantLimits,
  names: readonly CreationLimit[],
  used: Partial<TenantUsage>,
  wanted: number,
): CreationRoom {
  let room: CreationRoom = { granted: wanted, reached: null };
  for (const limit of limitsAmong(limits, names)) {
    const value = limits[limit] as number;
    const left = Math.max(0, value - (used[CREATION_LIMITS[limit]] ?? 0));
    const granted = limit === 'monthlyCostUsd' && left > 0 ? wanted : Math.floor(left);
    if (granted < room.granted) room = { granted, reached: { limit, value } };
  }
  return room;
}
