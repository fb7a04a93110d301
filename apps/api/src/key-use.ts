import type { ApiKeyId } from '@roleforge/contracts';
import type { Logger } from '@roleforge/telemetry';
import { LRUCache } from 'lru-cache';

/** A key's last use is known to within so many milliseconds: it is written down no more often. */
const TO_WITHIN_MS = 60_000;
/** Uses are gathered for so long, in milliseconds, and written in one statement. */
const GATHERED_MS = 1_000;
/** Keys beyond that are written down more often, which does no harm. */
const MOST_KEYS = 10_000;

type Needs = {
  /** Writes that these keys were used at `at`. */
  write: (ids: readonly ApiKeyId[], at: Date) => Promise<void>;
  log: Logger;
  clock: () => Date;
  /** Calls `work` after so many milliseconds, unless the function that it returns is called before. */
  later?: (work: () => void, ms: number) => () => void;
};

/** Knows which keys were used, and writes it down when it suits: no request waits for that, and none fails because of it. */
export type KeyUse = {
  note(id: ApiKeyId): void;
  /** Writes at once what is still to be written. Never rejects. */
  stop(): Promise<void>;
};

export function createKeyUse({ write, log, clock, later = byTimer }: Needs): KeyUse {
  const noted = new LRUCache<ApiKeyId, number>({ max: MOST_KEYS });
  let used = new Set<ApiKeyId>();
  let cancel: (() => void) | undefined;
  let writing = Promise.resolve();

  function flush(): void {
    cancel = undefined;
    const ids = [...used];
    used = new Set();
    const at = clock();
    // What could not be written is noted again at its next use.
    writing = writing
      .then(() => write(ids, at))
      .catch(error => {
        for (const id of ids) noted.delete(id);
        log.debug('the last use of keys was not written down', { error });
      });
  }

  return {
    note(id) {
      const now = clock().getTime();
      if (now - (noted.get(id) ?? Number.NEGATIVE_INFINITY) < TO_WITHIN_MS) return;
      noted.set(id, now);
      used.add(id);
      cancel ??= later(flush, GATHERED_MS);
    },
    async stop() {
      cancel?.();
      if (used.size > 0) flush();
      await writing;
    },
  };
}

function byTimer(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}
