import { ErrorCode } from 'bullmq';

const LOSSES: ReadonlySet<unknown> = new Set([
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
  ErrorCode.JobNotInState,
]);

/** Whether BullMQ says by this error that the job is gone, or another's, and nothing was done to it. */
export function isLoss(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && LOSSES.has(error.code);
}

/** As long as complaints are gathered after the first one, in milliseconds: a wiped Redis makes each job in hand complain. */
export const GATHER_MS = 1_000;

/** Tells of complaints that come together once, by the first of them. */
export function gatherLosses(onLost: (first: Error) => void): { add(complaint: Error): void; tell(): void } {
  let first: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    clearTimeout(timer);
    const complaint = first;
    first = undefined;
    if (complaint !== undefined) onLost(complaint);
  };
  return {
    add(complaint) {
      if (first !== undefined) return;
      first = complaint;
      timer = setTimeout(tell, GATHER_MS);
      timer.unref();
    },
    /** At once, what has been gathered so far. */
    tell,
  };
}
