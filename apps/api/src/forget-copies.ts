import type { SourceKind, TaskId, TenantId } from '@roleforge/contracts';
import type { SourceInvalidator } from '@roleforge/source-cache';

/** Longer than a worker takes from reading a row to keeping its copy. */
const AGAIN_AFTER_MS = 1_000;

/** Calls `work` after so many milliseconds, unless the function that it returns is called before. */
export type Later = (work: () => void, ms: number) => () => void;

type Needs = {
  invalidator: Pick<SourceInvalidator, 'forget'>;
  /** Takes work that no answer waits for. */
  behind: (work: () => Promise<void>) => void;
  later?: Later;
};

/** Has the copies of written sources forgotten. */
export type Forgetting = {
  /** Resolves when the copies that there are have been ended. Never rejects: where Redis is away, they end with their time. */
  forget(tenantId: TenantId, taskId: TaskId, kind: SourceKind): Promise<void>;
  /** Does at once what is still to be done. */
  stop(): Promise<void>;
};

/**
 * Copies are ended twice: at once, and a second later, for a worker that had read the old row just before the write may
 * have kept its copy just after the first time.
 */
export function createForgetting({ invalidator, behind, later = byTimer }: Needs): Forgetting {
  const outstanding = new Map<() => Promise<void>, () => void>();
  return {
    async forget(...source) {
      const again = () => invalidator.forget(...source);
      await again();
      const cancel = later(() => {
        outstanding.delete(again);
        behind(again);
      }, AGAIN_AFTER_MS);
      outstanding.set(again, cancel);
    },
    async stop() {
      for (const cancel of outstanding.values()) cancel();
      await Promise.all([...outstanding.keys()].map(again => again()));
      outstanding.clear();
    },
  };
}

function byTimer(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}
