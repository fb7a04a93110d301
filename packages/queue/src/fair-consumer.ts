import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { type AbortReason, abortLostJobs } from './abort-lost-jobs.ts';
import { closeWorker } from './close-worker.ts';
import type { FairLine } from './fair-line/fair-line.ts';
import { NEVER_MS } from './fair-line/line-rules.ts';
import { giveBack } from './give-back.ts';
import { queuePrefix } from './keys.ts';
import { gatherLosses, isLoss } from './lost-jobs.ts';
import type { RedisConnection } from './redis-connection.ts';

/** What is to become of a job after its handler is done with it. */
export type JobOutcome =
  | { kind: 'done' }
  | { kind: 'failed'; reason: string }
  /** To be taken again at `at`; it holds no slot until then. */
  | { kind: 'delay'; at: Date }
  /** To be taken again at once, by whoever is free. */
  | { kind: 'giveBack' }
  /** Not to be taken by anybody for now: off the queue, until it is put there again. */
  | { kind: 'park' }
  /** Somebody else has it now: leave it alone. */
  | { kind: 'drop' };

/** A job that could be read. */
export type ReadJob = {
  flow: string;
  /** What its data should be, where an earlier release wrote them otherwise: the line finds the job's flow there. */
  mended?: object;
  /** An error that it throws is a fault of the program: the job is tried again after a pause. */
  handle(signal: AbortSignal): Promise<JobOutcome>;
};

/** What every consumer of a shared queue is told. */
export type ConsumerOptions = {
  redis: RedisConnection;
  prefix: string;
  concurrency: number;
  /** A payload that does not parse: the job fails for good. */
  onInvalid: (id: string, error: Error) => void;
  /**
   * Jobs in hand are no longer this consumer's: Redis was wiped, or another has taken them over. That happens, and does no
   * harm: the ledger says what becomes of them. Told once for all that come together, with the first complaint.
   */
  onLost: (complaint: Error) => void;
  onError: (error: Error) => void;
};

type Options = ConsumerOptions & {
  queue: string;
  line: FairLine;
  /** How long the hold on a job lasts without being renewed; it is renewed at half of that. */
  lockMs: number;
  /** BullMQ's priority of a job that comes back at its time; without one it goes before the others of its class. */
  delayedPriority?: number;
  /** Answers with an error where the job is not one of ours. */
  read(job: Job): ReadJob | Error;
};

export type FairConsumer = {
  /** Resolves when jobs are being taken. */
  ready(): Promise<void>;
  /** How many jobs are in hand. */
  running(): number;
  /** How many jobs it has taken since it started, readable or not. */
  taken(): number;
  /**
   * Takes no more, waits up to `graceMs` for what is in hand, then asks it to stop and waits for its answers; not for Redis.
   * A job that was on its way here when the stop began goes back unseen by the handler.
   */
  stop(graceMs: number): Promise<void>;
};

/** After a fault of the program the job waits this long, so that a fault in every job does not become a busy loop. */
const FAULT_PAUSE_MS = 5_000;

/**
 * Stalls are counted by BullMQ and by the ledger. The ledger's attempts decide, since it can say what became of the work;
 * BullMQ would fail the job behind its back.
 */
const NEVER = 1_000_000;

/** Takes jobs from a queue that flows share, asks the line whether each may be begun, and has those that may be handled. */
export function startFairConsumer(options: Options): FairConsumer {
  const { redis, prefix, queue, line, concurrency, lockMs, delayedPriority, read, onInvalid, onLost, onError } =
    options;
  const inHand = new Set<Promise<JobOutcome>>();
  const losses = gatherLosses(onLost);
  let taken = 0;
  let stopping = false;

  // BullMQ passes the signal only to a function that declares all three parameters.
  const process = async (job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    taken += 1;
    const id = String(job.id);
    const own = read(job);
    if (own instanceof Error) {
      onInvalid(id, own);
      throw new UnrecoverableError('job_invalid');
    }
    const { flow, mended } = own;
    let capped = false;
    /** Before BullMQ hears of it: then the flow's next one may go. */
    const conclude = async (outcome: JobOutcome) => {
      if (capped && outcome.kind !== 'drop')
        await line.end(id, flow, outcome.kind === 'giveBack' ? 'goesBack' : 'ends');
      await settle(job, token, outcome, delayedPriority);
    };
    try {
      if (stopping) return await giveBack(job, token);
      if (mended !== undefined) await job.updateData(mended);
      const { verdict, ...its } = await line.start(id, flow);
      if (verdict === 'gone') {
        losses.add(new Error(`Job ${id} is gone: Redis has lost it since it was taken.`));
        return await settle(job, token, { kind: 'drop' });
      }
      if (verdict === 'back') return await giveBack(job, token);
      if (verdict === 'park') return await parkJob(job, token, () => line.settleParked([id]));
      capped = its.capped;
      if (stopping) return await conclude({ kind: 'giveBack' });
      const answer = (async () => own.handle(signal ?? new AbortController().signal))();
      inHand.add(answer);
      const outcome = await answer.finally(() => inHand.delete(answer));
      await conclude(outcome);
    } catch (error) {
      if (error instanceof DelayedError || error instanceof WaitingError || error instanceof UnrecoverableError)
        throw error;
      if (isLoss(error)) {
        losses.add(error);
        return settle(job, token, { kind: 'drop' });
      }
      onError(error as Error);
      await conclude({ kind: 'delay', at: new Date(Date.now() + FAULT_PAUSE_MS) });
    }
  };

  const worker = new Worker(queue, process, {
    connection: redis,
    prefix: queuePrefix(prefix, queue),
    concurrency,
    lockDuration: lockMs,
    stalledInterval: Math.max(1_000, Math.round(lockMs / 3)),
    maxStalledCount: NEVER,
    // skipVersionCheck stays off: a worker that does not know the server's version rounds delays up to whole seconds.
  });
  let renewing = false;
  worker.on('error', error => {
    if (renewing || isLoss(error)) losses.add(error);
    else onError(error);
  });
  abortLostJobs(worker);
  worker.on('lockRenewalFailed', () => {
    // BullMQ complains of each of them now, in the same breath, with errors that bear no code.
    renewing = true;
    queueMicrotask(() => {
      renewing = false;
    });
  });

  return {
    ready: async () => void (await worker.waitUntilReady()),
    running: () => inHand.size,
    taken: () => taken,
    async stop(graceMs) {
      stopping = true;
      const timer = setTimeout(() => worker.cancelAllJobs('stopping' satisfies AbortReason), graceMs);
      await closeWorker(worker, inHand);
      clearTimeout(timer);
      losses.tell();
    },
  };
}

/** Delays a job that its flow's cap keeps out; it may be let go as soon as it is delayed. */
async function parkJob(job: Job, token: string | undefined, onceDelayed: () => Promise<unknown>): Promise<never> {
  await job.moveToDelayed(NEVER_MS, token);
  await onceDelayed();
  throw new DelayedError();
}

async function settle(
  job: Job,
  token: string | undefined,
  outcome: JobOutcome,
  delayedPriority?: number,
): Promise<void> {
  switch (outcome.kind) {
    case 'done':
      return;
    case 'failed':
      throw new UnrecoverableError(outcome.reason);
    case 'delay':
      // It has a begun one's priority since its start.
      await job.moveToDelayed(outcome.at.getTime(), token);
      if (delayedPriority !== undefined) await job.changePriority({ priority: delayedPriority });
      throw new DelayedError();
    case 'giveBack':
      return giveBack(job, token);
    case 'park':
      job.opts.removeOnComplete = true;
      return;
    case 'drop':
      // Tells BullMQ not to touch the job, which belongs to another worker's token now.
      throw new WaitingError();
  }
}
