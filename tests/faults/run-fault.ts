import { setTimeout as delay } from 'node:timers/promises';
import type { KillableServers } from '@roleforge/testkit';
import { type Account, accountFor } from './account.ts';
import { describeOrder, fillBacklog, untilHeld } from './backlog.ts';
import type { Evidence, Strike } from './evidence.ts';
import type { Fault, Pause } from './faults.ts';
import { type Load, startLoad } from './load.ts';
import { countUnfinished, readEvidence } from './read-evidence.ts';
import { type Figures, type SystemUnderTest, startSystemUnderTest, withDatabase } from './system-under-test.ts';

export type FaultReport = Account & {
  fault: string;
  /** What else was seen, a line each. */
  notes: string[];
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

/** Starts a system, lets the fault strike in the midst of it, waits until all is quiet, and takes the account. */
export async function runFault(options: Options): Promise<FaultReport> {
  const { fault, servers, figures, signal, report } = options;
  const lap = stopwatch(report);
  const system = await startSystemUnderTest(fault, servers, figures, report);
  lap('started');
  let keepLogs = true;
  try {
    const struck = await (fault.backlog === undefined ? underLoad : withBacklog)({ system, ...options });
    lap('struck');
    await allEnded(system, signal);
    lap('until all had ended');
    await system.stopServices();
    lap('stopped');
    const account = accountFor({ ...struck.evidence, ...(await readEvidence(system)) });
    const notes = await struck.notes();
    keepLogs = account.problems.length > 0;
    return { fault: fault.name, ...account, notes, logs: keepLogs ? system.logs : null };
  } finally {
    await system.close(keepLogs && !signal.aborted);
  }
}

type Struck = {
  evidence: Pick<Evidence, 'answers' | 'wishes' | 'strike' | 'loadEndedAt'>;
  /** Asked for when all has ended. */
  notes(): Promise<string[]>;
};
type Stage = Options & { system: SystemUnderTest };

/** A quarter of the load, the fault, and the rest of the load, which is never less than a few seconds of it. */
async function underLoad({ fault, system, figures, signal }: Stage): Promise<Struck> {
  const load = startLoad({ ...figures, url: system.url, apiKey: system.apiKey });
  try {
    await accepted(load, figures.creations / 4, signal);
    const strike = await struckBy(fault, system, signal);
    const after = load.accepted() + (figures.perSecond * LOAD_AFTER_MS) / 1000;
    await accepted(load, Math.max(figures.creations, after), signal);
    const loadEndedAt = Date.now();
    return { evidence: { strike, loadEndedAt, ...(await load.stop()) }, notes: async () => [] };
  } catch (error) {
    await load.stop();
    throw error;
  }
}

/** All of the load, the fault, and the workers. */
async function withBacklog({ fault, system, figures, signal }: Stage): Promise<Struck> {
  const { backlog = 0 } = fault;
  const answers = await fillBacklog(system, backlog, pauseUnless(signal));
  const strike = await struckBy(fault, system, signal);
  const workersStarted = system.startWorkers();
  const [heldAfterMs] = await Promise.all([untilHeld(system, backlog, signal), workersStarted]);
  // Gaps that begin until then are the fault's.
  const loadEndedAt = Date.now();
  return {
    evidence: { answers, wishes: [], strike, loadEndedAt },
    notes: async () => [
      `the queue held them all again ${(heldAfterMs / 1000).toFixed(1)} s after the workers’ start began`,
      await describeOrder(system, figures),
    ],
  };
}

async function struckBy(fault: Fault, system: SystemUnderTest, signal: AbortSignal): Promise<Strike> {
  const beganAt = Date.now();
  await fault.strike(system, pauseUnless(signal));
  return { beganAt, endedAt: Date.now(), hitsCalls: fault.hitsCalls };
}

function pauseUnless(signal: AbortSignal): Pause {
  return ms => delay(ms, undefined, { signal });
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
