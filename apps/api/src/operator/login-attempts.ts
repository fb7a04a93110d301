import type { Actor } from '@roleforge/contracts';
import type { Deed } from '@roleforge/db';
import type { Doer } from '@roleforge/domain';
import type { Logger } from '@roleforge/telemetry';
import { networkOf } from '../http/remote-address.ts';

/** Where a login comes from, and in which request. */
export type LoginAttempt = Omit<Doer, 'actor'>;

/** Attempts to log in as the operator: how many there may be, and what is noted of them. */
export type LoginAttempts = {
  /** Seconds until there may be another one from there; null where there may be one now, which is counted. */
  begin(attempt: LoginAttempt): number | null;
  /** Counts one that was refused, whether it was looked at or came too soon. */
  refused(attempt: LoginAttempt): void;
  /** Notes one that succeeded, and by whose key. @throws StoreUnavailable */
  succeeded(attempt: LoginAttempt, actor: Actor): Promise<void>;
  /** Notes that one who had logged in is out again. @throws StoreUnavailable */
  loggedOut(attempt: LoginAttempt, actor: Actor): Promise<void>;
  /** Notes what was counted and not noted yet. */
  stop(): Promise<void>;
};

type Options = {
  note: (doer: Doer, deed: Deed) => Promise<void>;
  log: Logger;
  windowMs?: number;
};

/** Attempts from one network in one window, and how many refused ones are not in the audit log yet. */
type Window = {
  endsAtMs: number;
  attempts: number;
  noted: boolean;
  untold: number;
  last: LoginAttempt;
  timer: NodeJS.Timeout;
};

const WINDOW_MS = 60_000;
const MOST_ATTEMPTS = 10;
/** From how many networks attempts are told apart at a time; those from further ones count as one network's. */
const MOST_NETWORKS = 1_000;

/**
 * The first refused attempt from a network in a minute is noted at once, and the others together at the end of the minute, which
 * begins the next: so nobody can fill the log, and the count is kept.
 */
export function createLoginAttempts({ note, log, windowMs = WINDOW_MS }: Options): LoginAttempts {
  const windows = new Map<string, Window>();
  const noting = new Set<Promise<void>>();

  function windowOf(attempt: LoginAttempt): Window {
    const own = networkOf(attempt.remoteAddress ?? 'unknown');
    const network = windows.has(own) || windows.size < MOST_NETWORKS ? own : 'others';
    const window = windows.get(network) ?? open(network, attempt);
    window.last = attempt;
    return window;
  }

  function open(network: string, last: LoginAttempt, noted = false): Window {
    const timer = setTimeout(() => end(network), windowMs).unref();
    const window = { endsAtMs: performance.now() + windowMs, attempts: 0, noted, untold: 0, last, timer };
    windows.set(network, window);
    return window;
  }

  function end(network: string): void {
    const window = windows.get(network);
    windows.delete(network);
    if (window === undefined || window.untold === 0) return;
    tell(window.last, window.untold);
    open(network, window.last, true);
  }

  function tell(last: LoginAttempt, attempts: number): void {
    const doer: Doer = { ...last, actor: { kind: 'operator', id: 'unknown' } };
    const told = note(doer, { action: 'operator.refused', tenantId: null, detail: { attempts } })
      .catch(error => log.warn('refused logins are missing in the audit log', { attempts, error }))
      .finally(() => noting.delete(told));
    noting.add(told);
  }

  return {
    begin(attempt) {
      const window = windowOf(attempt);
      window.attempts += 1;
      if (window.attempts <= MOST_ATTEMPTS) return null;
      return Math.max(1, Math.ceil((window.endsAtMs - performance.now()) / 1_000));
    },
    refused(attempt) {
      const window = windowOf(attempt);
      if (window.noted) window.untold += 1;
      else tell(attempt, 1);
      window.noted = true;
    },
    succeeded: (attempt, actor) => note({ ...attempt, actor }, { action: 'operator.logged_in', tenantId: null }),
    loggedOut: (attempt, actor) => note({ ...attempt, actor }, { action: 'operator.logged_out', tenantId: null }),
    async stop() {
      for (const { timer, untold, last } of windows.values()) {
        clearTimeout(timer);
        if (untold > 0) tell(last, untold);
      }
      windows.clear();
      await Promise.all(noting);
    },
  };
}
