import type { TenantId, TenantUsage } from '@roleforge/contracts';
import type { TallyName } from '@roleforge/db';
import {
  CREATION_LIMITS,
  type CreationLimit,
  type CreationRoom,
  limitsAmong,
  type Principal,
  roomFor,
} from '@roleforge/domain';
import { LRUCache } from 'lru-cache';
import type { RequestProblem } from '../http/problem.ts';
import { dayHeaders, limitReached } from './limit-answers.ts';
import type { ReadTallies } from './tally-reader.ts';

const MOST_TENANTS = 10_000;
const DAY_MS = 86_400_000;
/** How long a count is believed, in milliseconds: so long what other processes accept may go unnoticed. */
const FRESH_MS = 2_000;
/** Before more is refused for what waits, a count that is older than this is made anew: workers may have taken some of it. */
const WAITING_FRESH_MS = 200;
/** A count that takes long is believed for longer, so that MySQL is not kept busy by it: it may cost a twentieth of the time. */
const COUNTING_SHARE = 20;

/** Room that is kept for one request's creations until it is known what became of them. */
export type Reservation = {
  /** How many of those that are wanted may be accepted. */
  granted: number;
  /** Why not more of them; null where all may. */
  refusal: RequestProblem | null;
  /** Says whether they were accepted: else the room is given back. What is said after that changes nothing. */
  settle(accepted: boolean): void;
  /** Once this is settled: resolves when it is known what became of the tenant's other requests that have room kept in this process. */
  othersSettled(): Promise<unknown>;
  /** What the answer says of the day's limit, as things stand. */
  headers(): Record<string, string>;
};

/**
 * Keeps room for so many creations under those of these limits that the tenant has, as far as there is room.
 * @throws StoreUnavailable
 */
export type ReserveRoom = (
  principal: Pick<Principal, 'tenantId' | 'tenantLimits'>,
  limits: readonly CreationLimit[],
  wanted: number,
) => Promise<Reservation>;

type Needs = {
  readTallies: ReadTallies;
  clock: () => Date;
};

type Counts = Record<(typeof COUNTED)[number], number>;
/** What a creation that is accepted adds one to. */
const COUNTED = ['creationsToday', 'waiting'] as const;

/** What this process knows of a tenant. */
type Account = {
  tally: Partial<TenantUsage>;
  /** When it was counted, in Unix milliseconds, and for how long that took. */
  talliedAt: number;
  tookMs: number;
  reading: Promise<void> | null;
  /** Not in the tally for certain: what has room kept, and what has been accepted since the counting began. */
  reserved: Counts;
  accepted: Counts;
  /** What is to be called when it is known what became of each. */
  unsettled: Set<(() => void)[]>;
};

const UNLIMITED: Reservation = {
  granted: Number.POSITIVE_INFINITY,
  refusal: null,
  settle() {},
  othersSettled: async () => {},
  headers: () => ({}),
};

/**
 * The ledger is the record of what a tenant uses. It is asked at most every two seconds, for tenants that have such a limit and for what
 * is limited alone; to that is added what this process has accepted since, and what it is about to. So a process by itself never goes
 * beyond a limit, however many requests come at once; with several, each may miss what the others accept in two seconds.
 */
export function createRoomForCreations({ readTallies, clock }: Needs): ReserveRoom {
  const accounts = new LRUCache<TenantId, Account>({ max: MOST_TENANTS });

  function accountOf(tenantId: TenantId): Account {
    const known = accounts.get(tenantId);
    if (known !== undefined) return known;
    const account: Account = {
      tally: {},
      talliedAt: Number.NEGATIVE_INFINITY,
      tookMs: 0,
      reading: null,
      reserved: { creationsToday: 0, waiting: 0 },
      accepted: { creationsToday: 0, waiting: 0 },
      unsettled: new Set(),
    };
    accounts.set(tenantId, account);
    return account;
  }

  /** Counts anew; those who come meanwhile wait for the same count. */
  function look(account: Account, tenantId: TenantId, names: readonly TallyName[]): Promise<void> {
    account.reading ??= count(account, tenantId, names).finally(() => {
      account.reading = null;
    });
    return account.reading;
  }

  async function count(account: Account, tenantId: TenantId, names: readonly TallyName[]): Promise<void> {
    const startedAt = clock();
    const before = { ...account.accepted };
    account.tally = await readTallies(tenantId, startedAt, names);
    account.talliedAt = startedAt.getTime();
    account.tookMs = clock().getTime() - startedAt.getTime();
    // What had been accepted by then is in the count.
    for (const name of COUNTED) account.accepted[name] -= before[name];
  }

  function isFresh({ tally, talliedAt, tookMs }: Account, names: readonly TallyName[], ms: number): boolean {
    const now = clock();
    return (
      names.every(name => tally[name] !== undefined) &&
      now.getTime() < talliedAt + Math.max(ms, COUNTING_SHARE * tookMs) &&
      Math.floor(talliedAt / DAY_MS) === Math.floor(now.getTime() / DAY_MS)
    );
  }

  return async ({ tenantId, tenantLimits }, among, wanted) => {
    const limits = limitsAmong(tenantLimits, among);
    if (limits.length === 0) return UNLIMITED;
    const names = limits.map(limit => CREATION_LIMITS[limit]);
    const account = accountOf(tenantId);
    const room = (): CreationRoom => roomFor(tenantLimits, limits, usedBy(account), wanted);
    // A count that was on its way may have been begun for other limits.
    for (let looks = 0; looks < 2 && !isFresh(account, names, FRESH_MS); looks += 1)
      await look(account, tenantId, names);
    if (room().reached?.limit === 'waiting' && !isFresh(account, names, WAITING_FRESH_MS))
      await look(account, tenantId, names);
    const { granted, reached } = room();

    const headers = () => dayHeaders(tenantLimits, usedBy(account), clock());
    const settle = keepRoom(account, limits, granted);
    const refusal = reached === null ? null : limitReached(reached, headers(), clock());
    return { granted, refusal, settle, othersSettled: () => allSettled(account), headers };
  };
}

function usedBy({ tally, reserved, accepted }: Account): Partial<TenantUsage> {
  const used = { ...tally };
  for (const name of COUNTED) used[name] = (tally[name] ?? 0) + reserved[name] + accepted[name];
  return used;
}

/** Returns what is to be called when it is known whether they were accepted. */
function keepRoom(account: Account, limits: readonly CreationLimit[], granted: number): (accepted: boolean) => void {
  const names = COUNTED.filter(name => limits.some(limit => CREATION_LIMITS[limit] === name));
  const awaiting: (() => void)[] = [];
  for (const name of names) account.reserved[name] += granted;
  account.unsettled.add(awaiting);
  let settled = false;
  return accepted => {
    if (settled) return;
    settled = true;
    for (const name of names) {
      account.reserved[name] -= granted;
      if (accepted) account.accepted[name] += granted;
    }
    account.unsettled.delete(awaiting);
    for (const tell of awaiting) tell();
  };
}

/** Resolves when all that have room kept now are settled. */
function allSettled({ unsettled }: Account): Promise<unknown> {
  return Promise.all([...unsettled].map(awaiting => new Promise<void>(resolve => void awaiting.push(resolve))));
}
