import type { Queue } from 'bullmq';
import type { Arrival, FairLine } from './fair-line/fair-line.ts';
import { NEVER_MS } from './fair-line/line-rules.ts';

/** A job that is to stand in a line. */
export type LiningUp = Omit<Arrival, 'kind'> & {
  /** One that was begun before goes before the others of its class. */
  begun: boolean;
  /** Not taken before this time; null: at once. */
  notBefore: Date | null;
  name: string;
  data: object;
};

/**
 * Adds jobs: one call gives them their places among those of other flows, and one puts them there. One that is there already
 * stays as it is. Rejects when Redis does not answer.
 */
export async function lineUp(bull: Queue, line: FairLine, jobs: readonly LiningUp[]): Promise<void> {
  if (jobs.length === 0) return;
  const now = Date.now();
  const places = await line.arrive(jobs.map(job => arrivalOf(job, now)));
  await bull.addBulk(
    jobs.map(({ id, name, data, notBefore }, index) => {
      const { priority, parked } = places[index] ?? {};
      const until = parked ? NEVER_MS : notBefore?.getTime();
      return {
        name,
        data,
        opts: {
          jobId: id,
          ...(priority === undefined ? {} : { priority }),
          ...(until === undefined ? {} : { delay: Math.max(0, until - now), timestamp: now }),
        },
      };
    }),
  );
  const parked = jobs.filter((_, index) => places[index]?.parked).map(({ id }) => id);
  // A place may have become free before they were there to take it.
  if (parked.length > 0) await line.settleParked(parked);
}

function arrivalOf({ id, flow, classIndex, begun, notBefore }: LiningUp, now: number): Arrival {
  const later = notBefore !== null && notBefore.getTime() > now;
  return { id, flow, classIndex, kind: begun ? (later ? 'begunLater' : 'begun') : later ? 'later' : 'fresh' };
}
