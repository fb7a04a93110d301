import type { AllQueues } from '@roleforge/queue';
import { unavailable } from '../http/problem.ts';

/**
 * Looks at the queues. A look that fails although Redis answers for all of them is taken once more: what was a moment's trouble is over
 * by then, and what fails again is a bug, and comes out as it is. @throws RequestProblem 503 where Redis does not answer
 */
export type LookAtQueues = <T>(look: () => T | Promise<T>) => Promise<T>;

export function createLookAtQueues({ ping }: Pick<AllQueues, 'ping'>): LookAtQueues {
  return async look => {
    try {
      return await look();
    } catch (error) {
      await ping().catch(() => {
        throw unavailable('Redis does not answer, and with it nothing is known of the queues. Try again.', error);
      });
      return look();
    }
  };
}
