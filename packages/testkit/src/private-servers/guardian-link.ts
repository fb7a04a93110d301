import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProcessIdentity } from './process-identity.ts';

/** What the guardian does if the program is gone before it has sent `finished`, in this order. */
export type GuardianNote =
  | { readonly server: ProcessIdentity }
  /** A program and its arguments, run when the servers have ended. */
  | { readonly command: string[] }
  /** Removed last, with all that is in it. */
  | { readonly folder: string }
  | { readonly finished: true };

export interface GuardianLink {
  tell(note: Exclude<GuardianNote, { finished: true }>): void;
  /** Tells it that all has been stopped properly, and returns when it is gone. */
  dismiss(): Promise<void>;
}

/** Starts the guardian (see guardian.ts). Notes may be sent at once: they wait in the pipe, even if this program dies meanwhile. */
export function startGuardian(): GuardianLink {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./guardian.ts', import.meta.url))], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(child, 'exit').catch(() => undefined);
  // A guardian that was killed must not take the program along (EPIPE); its servers are then in the program's hands alone.
  child.stdin.on('error', () => undefined);
  child.unref();
  const send = (note: GuardianNote) => child.stdin.write(`${JSON.stringify(note)}\n`);
  return {
    tell: send,
    async dismiss() {
      child.ref();
      send({ finished: true });
      child.stdin.end();
      await gone;
    },
  };
}
