import { type Job, WaitingError } from 'bullmq';

/** Puts a job that is in hand back where another worker takes it; BullMQ learns by the error that it has not ended. */
export async function giveBack(job: Job, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}
