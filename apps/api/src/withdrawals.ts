import { setTimeout as pause } from 'node:timers/promises';
import type { NewCreation } from '@roleforge/domain';
import type { Logger } from '@roleforge/telemetry';

/** How often MySQL is asked whether it is back, and how long after that the last look is taken, in milliseconds. */
const ASK_AGAIN_MS = 1_000;
/** Most refusals that are remembered; beyond that the oldest are let go. */
const MOST = 50_000;

type Ports = {
  /** Deletes those of these creations that nobody has begun; returns how many there were. Rejects while MySQL is away. */
  withdraw(creations: readonly NewCreation[]): Promise<number>;
  log: Logger;
  askAgainMs?: number;
};

export type Withdrawals = {
  /** Their callers were told that they were not accepted. */
  add(creations: readonly NewCreation[]): void;
  /** Resolves when nothing is left to do, or MySQL is still away. */
  stop(): Promise<void>;
};

/**
 * Makes a 503 true. A MySQL that hangs may carry out, when it comes to itself, the INSERT whose callers were refused
 * meanwhile; so what was refused is deleted once MySQL answers, and once more a moment later, in case it answered others
 * first. What a worker has begun by then, because a reconciler was quicker, is not deleted.
 *
 * What came under an Idempotency-Key is never withdrawn. Its caller was told to repeat the request with the same key; the
 * repetition may already have been answered with the first answer, by this process or another, and a withdrawal would then
 * delete what that answer promised (docs/decisions/0011).
 */
export function createWithdrawals({ withdraw, log, askAgainMs = ASK_AGAIN_MS }: Ports): Withdrawals {
  const refused: NewCreation[] = [];
  const stopping = new AbortController();
  let working: Promise<void> | null = null;

  async function work(): Promise<void> {
    while (refused.length > 0 && !stopping.signal.aborted) {
      await pause(askAgainMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      const group = refused.slice(0, 1_000);
      if (!(await attempt(group))) continue;
      await pause(askAgainMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      if (await attempt(group)) refused.splice(0, group.length);
    }
  }

  async function attempt(group: readonly NewCreation[]): Promise<boolean> {
    try {
      const withdrawn = await withdraw(group);
      if (withdrawn > 0) log.warn('refused creations that MySQL had taken were withdrawn', { withdrawn });
      return true;
    } catch {
      return false;
    }
  }

  return {
    add(creations) {
      refused.push(...creations);
      if (refused.length > MOST) refused.splice(0, refused.length - MOST);
      working ??= work().finally(() => {
        working = null;
      });
    },
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
