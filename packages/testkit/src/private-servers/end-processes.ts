import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from './process-identity.ts';

const LOOK_EVERY_MS = 10;

/** How long a server may take to write its data down before it is killed. */
export const PATIENCE_MS = 10_000;

/**
 * Asks the processes to end (SIGTERM), kills those that have not within `patienceMs`, and returns when all are gone. Processes that
 * are gone already, or whose number belongs to another process by now, are left alone.
 */
export async function endProcesses(processes: readonly ProcessIdentity[], patienceMs = PATIENCE_MS): Promise<void> {
  signal(processes, 'SIGTERM');
  if (await allGone(processes, patienceMs)) return;
  signal(processes, 'SIGKILL');
  await allGone(processes, PATIENCE_MS);
}

/** Kills a process (SIGKILL), as a crash would, and returns when it is gone. */
export async function killProcess(one: ProcessIdentity): Promise<void> {
  signal([one], 'SIGKILL');
  await allGone([one], PATIENCE_MS);
}

function signal(processes: readonly ProcessIdentity[], name: NodeJS.Signals): void {
  for (const one of processes.filter(isRunning)) {
    try {
      process.kill(one.pid, name);
    } catch {
      // It ended between the look and the signal.
    }
  }
}

async function allGone(processes: readonly ProcessIdentity[], withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (processes.some(isRunning)) {
    if (Date.now() > until) return false;
    await pause(LOOK_EVERY_MS);
  }
  return true;
}
