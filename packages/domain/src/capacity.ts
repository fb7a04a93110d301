/** What is to be carried. */
export type CapacityNeeds = {
  /** Creations accepted a second, at the peak. */
  peakPerSecond: number;
  creationsPerDay: number;
  /** How long the model takes for one role. */
  aiSeconds: number;
  /** Within how many seconds 95 of 100 are to be begun at the peak. */
  startWithinSeconds: number;
  /** `WORKER_CONCURRENCY`. */
  concurrency: number;
  /** How large a backlog Redis is to hold. */
  backlog: number;
  /** A role's profile as JSON. */
  profileBytes: number;
};

export type CapacityPlan = {
  /** Creations in hand at the peak, on average: Little's law. */
  inHand: number;
  /** With some to spare, so that those that come in a bunch do not wait for long. */
  slots: number;
  workers: number;
  /** What decides how many workers it takes. */
  bound: 'slots' | 'processor';
  /** Processors that the workers keep busy at the peak. */
  workerProcessors: number;
  apis: number;
  databaseConnections: number;
  redisBytes: number;
  mysqlBytesPerDay: number;
};

/** Measured on a virtual machine with two processors (docs/capacity.md says how): plan with your own where you have them. */
export const MEASURED = {
  /** Seconds of one processor that a worker spends on a role. */
  processorSecondsPerRole: 0.025,
  /** What a creation takes beside its call of the model: four reads, the prompt, the save. */
  overheadSeconds: 0.1,
  /** A process that is busier than this makes others wait. */
  busiest: 0.7,
  /** Accepts of one api process: a quarter of what the bench reaches. */
  acceptsPerSecond: 2_000,
  redisBytesPerWaiting: 1_100,
  /** The event log of a creation, which stays for a day after its end. */
  redisBytesPerEventLog: 4_800,
  redisBytesAtRest: 50_000_000,
  mysqlBytesPerCreation: 5_300,
  /** A version with its provenance and the room that pages leave, by its profile. */
  mysqlBytesPerProfileByte: 1.35,
  mysqlBytesPerDelivery: 4_500,
  apiConnections: 12,
};

/** As many connections as a worker's pool may have. */
const workerConnections = (concurrency: number) => Math.max(5, Math.min(20, Math.ceil(concurrency / 5)));
/** One api more than the rate asks for, and never a single one: it may be restarted. */
const SPARE_APIS = 1;
const IN_TIME = 0.95;

/** How much it takes to carry this. Of two bounds on the workers, slots and processor, the greater decides. */
export function planCapacity(needs: CapacityNeeds): CapacityPlan {
  const { peakPerSecond, creationsPerDay, aiSeconds, startWithinSeconds, concurrency, backlog, profileBytes } = needs;
  const seconds = aiSeconds + MEASURED.overheadSeconds;
  const inHand = peakPerSecond * seconds;
  const slots = slotsFor(inHand, startWithinSeconds / seconds);
  const workerProcessors = peakPerSecond * MEASURED.processorSecondsPerRole;
  const bySlots = Math.ceil(slots / concurrency);
  const byProcessor = Math.ceil(workerProcessors / MEASURED.busiest);
  const workers = Math.max(bySlots, byProcessor);
  const apis = Math.ceil(peakPerSecond / MEASURED.acceptsPerSecond) + SPARE_APIS;
  return {
    inHand,
    slots,
    workers,
    bound: byProcessor > bySlots ? 'processor' : 'slots',
    workerProcessors,
    apis,
    databaseConnections: apis * MEASURED.apiConnections + workers * workerConnections(concurrency),
    redisBytes:
      MEASURED.redisBytesAtRest +
      backlog * MEASURED.redisBytesPerWaiting +
      creationsPerDay * MEASURED.redisBytesPerEventLog,
    mysqlBytesPerDay:
      creationsPerDay *
      (MEASURED.mysqlBytesPerCreation +
        MEASURED.mysqlBytesPerDelivery +
        profileBytes * MEASURED.mysqlBytesPerProfileByte),
  };
}

/**
 * The fewest slots of which one is free in time for 95 of 100 that come at random: Erlang's C formula, by its recursion. It takes the time
 * in hand to vary more than a model's does, and so errs on the safe side.
 * @param load creations in hand on average @param within the time in which to begin, as a part of the time in hand
 */
export function slotsFor(load: number, within: number): number {
  let blocked = 1;
  for (let slots = 1; ; slots += 1) {
    blocked = (load * blocked) / (slots + load * blocked);
    if (slots <= load) continue;
    const waits = blocked / (1 - (load / slots) * (1 - blocked));
    if (waits * Math.exp(-(slots - load) * within) <= 1 - IN_TIME) return slots;
  }
}
