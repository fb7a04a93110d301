import { type CreateRoleData, CreationId, JOBS } from '@roleforge/contracts';
import type { Job } from 'bullmq';
import { FLOW_FIELD } from './creation-queue.ts';
import { type ConsumerOptions, type FairConsumer, type JobOutcome, startFairConsumer } from './fair-consumer.ts';
import { openFairLine } from './fair-line/fair-line.ts';
import { NEVER_MS } from './fair-line/line-rules.ts';

/** `keptOut`: its tenant's cap has kept it from being begun when its turn came, or it was taken before and put off. */
export type CreationJob = { id: CreationId; data: CreateRoleData; keptOut: boolean };

/**
 * Handles one job. It is told to stop by the signal, whose reason is an AbortReason, and still answers with an outcome.
 * An error that it throws is a fault of the program: the job is tried again after a pause.
 */
export type CreationHandler = (job: CreationJob, signal: AbortSignal) => Promise<JobOutcome>;

type Options = ConsumerOptions & {
  /** How long the hold on a job lasts without being renewed; it is renewed at half of that. */
  lockMs: number;
  handle: CreationHandler;
};

export type CreationConsumer = FairConsumer;

/** Takes creations from the queue in order of priority and hands each to `handle`. One that is put off goes before others of its class. */
export function startCreationConsumer({ handle, ...options }: Options): CreationConsumer {
  const { queue, data: schema } = JOBS.createRole;
  return startFairConsumer({
    ...options,
    queue,
    line: openFairLine(options.redis, { prefix: options.prefix, queue, flowField: FLOW_FIELD }),
    read(job) {
      const id = CreationId.safeParse(job.id);
      const data = schema.safeParse(job.data);
      if (!id.success || !data.success) return id.error ?? data.error ?? new Error('unreadable');
      const given = { id: id.data, data: data.data, keptOut: wasKeptOut(job) };
      return { flow: data.data.tenantId, handle: signal => handle(given, signal) };
    },
  });
}

/** A job that is parked when it arrives is delayed until a time that never comes; one that is parked later was taken before. */
function wasKeptOut({ attemptsStarted, timestamp, opts }: Job): boolean {
  return attemptsStarted > 1 || timestamp + (opts.delay ?? 0) >= NEVER_MS;
}
