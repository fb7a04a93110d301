import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type KillableServers, startKillableServers } from '@roleforge/testkit';
import { faultsNamed } from './faults.ts';
import { runFault } from './run-fault.ts';
import type { Figures } from './system-under-test.ts';

/**
 * The four faults that say the most, with fewer creations than `npm run test:faults` has, on servers that they share. No time is
 * asserted: a slow machine takes longer and comes to the same account.
 */
const FIGURES: Figures = {
  creations: 240,
  perSecond: 50,
  latencyMs: 400,
  workers: 2,
  concurrency: 12,
  // A worker that a busy machine holds up for a second or two keeps what it has in hand.
  lockSeconds: 5,
  reconcileSeconds: 1,
  graceSeconds: 10,
};

let servers: KillableServers;
beforeAll(async () => {
  servers = await startKillableServers();
}, 60_000);
afterAll(() => servers.stop());

test.each(faultsNamed(['kill-worker', 'kill-redis', 'flush', 'kill-mariadb']))(
  '$name under load: every 202 comes to its one end, and no AI call is wasted that the fault did not break into',
  async fault => {
    const report = await runFault({
      fault,
      servers,
      figures: FIGURES,
      signal: new AbortController().signal,
      report: () => {},
    });
    expect(report.accepted).toBeGreaterThanOrEqual(FIGURES.creations);
    expect(report).toMatchObject({ finished: report.accepted, lost: 0, doubled: 0, problems: [], logs: null });
  },
  300_000,
);
