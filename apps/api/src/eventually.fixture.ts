import { setTimeout as pause } from 'node:timers/promises';

const BETWEEN_LOOKS_MS = 20;

/** Resolves when `holds` does; fails when it has not within `ms` milliseconds. For what tells nobody that it has happened. */
export async function eventually(holds: () => Promise<boolean>, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`It did not come about within ${ms} ms.`);
    await pause(BETWEEN_LOOKS_MS);
  }
}
