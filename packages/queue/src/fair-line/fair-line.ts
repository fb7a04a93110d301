import { lineKey, queueKey } from '../keys.ts';
import type { RedisConnection } from '../redis-connection.ts';
import { ARRIVE, MOVE } from './arriving.ts';
import { MOST_RELEASED, PARKED_FROM, PARKED_TO } from './line-rules.ts';
import { LEAVE, SETTLE_PARKED } from './parking.ts';
import { MEND_CLASS, MEND_FLOW, SHARE } from './sharing.ts';
import { END, START } from './starting.ts';

/** A job that is to be put on the queue. */
export type Arrival = {
  id: string;
  /** Whoever shares the queue with others, such as a tenant. */
  flow: string;
  /** 0 for the most urgent one; 0 to 3. */
  classIndex: number;
  /** One that was begun goes before the others of its class; one that is to wait for its time gets its place when that has come. */
  kind: 'fresh' | 'begun' | 'later' | 'begunLater';
};

/** BullMQ's priority for a job; a parked one is to be delayed until NEVER_MS. */
export type Standing = { priority: number; parked: boolean };

/** How much a flow has of the queue: its weight, above 0, and how many of its jobs may run at a time, null for any number. */
export type FlowShare = { flow: string; weight: number; cap: number | null };

/**
 * What a worker is to do with a job that it has taken: begin it, delay it until NEVER_MS, give it back to its place in the line, or leave
 * it alone, for Redis has lost it.
 */
export type StartVerdict = { verdict: 'run' | 'park' | 'back' | 'gone'; capped: boolean };

/** The order in which a queue's jobs are begun, and how many of each flow are. All calls reject when Redis does not answer. */
export type FairLine = {
  /** Gives jobs that are not on the queue their numbers, in this order. One that is there already gets some number, to no effect. */
  arrive(arrivals: readonly Arrival[]): Promise<Standing[]>;
  /** To be called after jobs were delayed as parked. Returns how many were not known as parked. */
  settleParked(ids: readonly string[]): Promise<number>;
  /** May this job, which a worker has taken, be begun? */
  start(id: string, flow: string): Promise<StartVerdict>;
  /** A job of a capped flow is no longer worked on; `goesBack`: it is about to stand in the line again. */
  end(id: string, flow: string, how: 'ends' | 'goesBack'): Promise<void>;
  /** To be called before jobs are taken off the queue. */
  leave(ids: readonly string[]): Promise<void>;
  /** Gives a waiting job another class. */
  move(id: string, classIndex: number): Promise<void>;
  /** @param complete whether flows that are not named go back to weight 1 and no cap */
  share(shares: readonly FlowShare[], complete: boolean): Promise<void>;
  /** Mends what crashes have left behind; returns how many entries and jobs were out of step. */
  mend(): Promise<number>;
};

const CLASSES = [0, 1, 2, 3];
/** Jobs, or shares, of one call: it keeps Redis from everything else for a few milliseconds. */
const AT_ONCE = 500;

const SCRIPTS = {
  lineArrive: ARRIVE,
  lineMove: MOVE,
  lineStart: START,
  lineEnd: END,
  lineLeave: LEAVE,
  lineSettleParked: SETTLE_PARKED,
  lineShare: SHARE,
  lineMendFlow: MEND_FLOW,
  lineMendClass: MEND_CLASS,
};
type Run = Record<keyof typeof SCRIPTS, (...args: (string | number)[]) => Promise<unknown>>;

/** @param flowField the field of a job's data that names its flow */
export function openFairLine(
  redis: RedisConnection,
  { prefix, queue, flowField }: { prefix: string; queue: string; flowField: string },
): FairLine {
  for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { numberOfKeys: 2, lua });
  const scripts = redis as unknown as Run;
  const given = [queueKey(prefix, queue, ''), lineKey(prefix, queue, ''), flowField] as const;
  const delayed = queueKey(prefix, queue, 'delayed');

  async function settleParked(ids: readonly string[]): Promise<number> {
    let unknown = 0;
    for (const page of pagesOf(ids)) unknown += Number(await scripts.lineSettleParked(...given, ...page));
    return unknown;
  }

  /** Where more is to be let go than one call may, another follows. */
  async function shareUntilDone(shares: readonly FlowShare[]): Promise<void> {
    const args = shares.flatMap(({ flow, weight, cap }) => [flow, weight, cap ?? '']);
    while (Number(await scripts.lineShare(...given, ...args)) >= MOST_RELEASED);
  }

  async function mendParked(): Promise<number> {
    let mended = 0;
    for (let offset = 0; ; offset += AT_ONCE) {
      const ids = await redis.zrangebyscore(delayed, PARKED_FROM, PARKED_TO, 'LIMIT', offset, AT_ONCE);
      mended += await settleParked(ids);
      if (ids.length < AT_ONCE) return mended;
    }
  }

  return {
    async arrive(arrivals) {
      const standings: Standing[] = [];
      for (const page of pagesOf(arrivals)) {
        const args = page.flatMap(({ id, flow, classIndex, kind }) => [id, flow, classIndex, kind]);
        for (const number of (await scripts.lineArrive(...given, ...args)) as number[])
          standings.push({ priority: Math.abs(number), parked: number < 0 });
      }
      return standings;
    },
    settleParked,
    async start(id, flow) {
      const [verdict, capped] = (await scripts.lineStart(...given, id, flow)) as [StartVerdict['verdict'], number];
      return { verdict, capped: capped === 1 };
    },
    end: async (id, flow, how) => void (await scripts.lineEnd(...given, id, flow, how)),
    async leave(ids) {
      for (const page of pagesOf(ids)) await scripts.lineLeave(...given, ...page);
    },
    move: async (id, classIndex) => void (await scripts.lineMove(...given, id, classIndex)),
    async share(shares, complete) {
      const named = new Set(shares.map(({ flow }) => flow));
      const others = complete ? (await redis.hkeys(lineKey(prefix, queue, 'shares'))).filter(f => !named.has(f)) : [];
      const all = [...shares, ...others.map(flow => ({ flow, weight: 1, cap: null }))];
      for (const page of pagesOf(all)) await shareUntilDone(page);
    },
    async mend() {
      let mended = await mendParked();
      for (const flow of await redis.smembers(lineKey(prefix, queue, 'capped'))) {
        const [dropped, released] = (await scripts.lineMendFlow(...given, flow)) as [number, number];
        mended += dropped + released;
      }
      for (const each of CLASSES) mended += Number(await scripts.lineMendClass(...given, each));
      return mended;
    },
  };
}

function* pagesOf<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += AT_ONCE) yield all.slice(from, from + AT_ONCE);
}
