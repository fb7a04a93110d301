import { setTimeout as delay } from 'node:timers/promises';
import type { KillableServers } from '@roleforge/testkit';
import { type Account, accountFor } from './account.ts';
import { countUnfinished, readEvidence } from './evidence.ts';
import type { Fault } from './faults.ts';
import { type Load, startLoad } from './load.ts';
import { type Figures, type SystemUnderTest, startSystemUnderTest, withDatabase } from './system-under-test.ts';

export type FaultReport = Account & {
  fault: string;
  /** Where the logs are, if something went wrong. */
  logs: string | null;
};

/** The load goes on for so long after the fault, in milliseconds. */
const LOAD_AFTER_MS = 5_000;
/** If it has not been accepted by then, it will not be. */
const ACCEPTED_WITHIN_MS = 300_000;
/** When for so long no creation ended, those that have not count as lost. */
const STANDSTILL_MS = 60_000;
const LOOK_EVERY_MS = 500;

type Options = {
  fault: Fault;
  servers: KillableServers;
  figures: Figures;
  /** Ends the run. */
  signal: AbortSignal;
  report: (line: string) => void;
};

/** Starts a system, lets the fault strike in the midst of the load, waits until all is quiet, and takes the account. */
export async function runFault({ fault, servers, figures, signal, report }: Options): Promise<FaultReport> {
  const lap = stopwatch(report);
  const system = await startSystemUnderTest(fault, servers, figures, report);
  lap('started');
  let keepLogs = true;
  try {
    const load = startLoad({ url: system.url, apiKey: system.apiKey, perSecond: figures.perSecond });
    const strike = await underLoad(load, fault, system, figures, signal).catch(async error => {
      await load.stop();
      throw error;
    });
    const loadEndedAt = Date.now();
    const answers = await load.stop();
    lap('under load');
    await allEnded(system, signal);
    lap('until all had ended');
    await system.stopServices();
    lap('stopped');
    const account = accountFor({ answers, strike, loadEndedAt, ...(await readEvidence(system)) });
    keepLogs = account.problems.length > 0;
    return { fault: fault.name, ...account, logs: keepLogs ? system.logs : null };
  } finally {
    await system.close(keepLogs && !signal.aborted);
  }
}

/** A quarter of the load, the fault, and the rest of the load, which is never less than a few seconds of it. */
async function underLoad(load: Load, fault: Fault, system: SystemUnderTest, figures: Figures, signal: AbortSignal) {
  await accepted(load, figures.creations / 4, signal);
  const beganAt = Date.now();
  await fault.strike(system, ms => delay(ms, undefined, { signal }));
  const endedAt = Date.now();
  const after = load.accepted() + (figures.perSecond * LOAD_AFTER_MS) / 1000;
  await accepted(load, Math.max(figures.creations, after), signal);
  return { beganAt, endedAt, hitsCalls: fault.hitsCalls };
}

async function accepted(load: Load, creations: number, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const tooLate = delay(ACCEPTED_WITHIN_MS, undefined, { signal: AbortSignal.any([signal, done.signal]) }).then(() => {
    throw new Error(`only ${load.accepted()} of ${creations} were accepted within ${ACCEPTED_WITHIN_MS / 1000} s`);
  });
  try {
    await Promise.race([load.reached(creations), tooLate]);
  } finally {
    done.abort();
    await tooLate.catch(() => {});
  }
}

async function allEnded({ databaseUrl }: SystemUnderTest, signal: AbortSignal): Promise<void> {
  await withDatabase(databaseUrl, async database => {
    let unfinished = await countUnfinished(database);
    let movedAt = performance.now();
    while (unfinished > 0 && performance.now() - movedAt < STANDSTILL_MS) {
      await delay(LOOK_EVERY_MS, undefined, { signal });
      const now = await countUnfinished(database);
      if (now < unfinished) movedAt = performance.now();
      unfinished = now;
    }
  });
}

/** Tells how long each part took. */
function stopwatch(report: (line: string) => void): (part: string) => void {
  let from = performance.now();
  return part => {
    const now = performance.now();
    report(`${part}: ${((now - from) / 1000).toFixed(1)} s`);
    from = now;
  };
}
