import type { Creation, CreationError, CreationStep } from '@roleforge/contracts';
import { budgetOf, type FailureCounts, NO_FAILURES } from './retry-decision.ts';

/*
 * What became of each attempt at a creation. The ledger keeps it on the row as lines of JSON to which every take and every end
 * adds one, so that writing it costs no statement of its own. A start that is followed by another start, and not by an end,
 * is an attempt whose worker was lost. A restart by its owner is a line too: what failed before it no longer counts.
 * A start that was put off by a provider's limits is taken off again; one line counts those in a row, for the numbers of the rest.
 */

/** How an attempt ended. A `lost` one's worker died, froze, or lost its hold. */
export type AttemptOutcome = Creation['history'][number]['outcome'];

type StartLine = { start: string };
type RestartLine = { restart: string };
type PutOffLine = { putOffs: number };
type Line = StartLine | EndLine | RestartLine | PutOffLine;
type EndLine = {
  end: string;
  outcome: AttemptOutcome;
  step: CreationStep | null;
  error?: CreationError;
  retryAt?: string;
};

/** The line for an attempt that begins. */
export function attemptStarted(at: Date): string {
  return `${JSON.stringify({ start: at.toISOString() } satisfies StartLine)}\n`;
}

/** The line for an attempt that ends. `step` is where it had come to. */
export function attemptEnded(
  at: Date,
  outcome: AttemptOutcome,
  {
    step = null,
    error,
    retryAt,
  }: { step?: CreationStep | null; error?: CreationError | undefined; retryAt?: Date | undefined } = {},
): string {
  const line: EndLine = {
    end: at.toISOString(),
    outcome,
    step,
    ...(error === undefined ? {} : { error }),
    ...(retryAt === undefined ? {} : { retryAt: retryAt.toISOString() }),
  };
  return `${JSON.stringify(line)}\n`;
}

/** The line for a restart. */
export function restarted(at: Date): string {
  return `${JSON.stringify({ restart: at.toISOString() } satisfies RestartLine)}\n`;
}

/** The log without its last line, the start of an attempt that is put off. */
export function withoutPutOff(log: string | null): string {
  const lines = linesOf(log);
  if ('start' in (lines.at(-1) ?? {})) lines.pop();
  const before = lines.at(-1);
  if (before !== undefined && 'putOffs' in before) lines[lines.length - 1] = { putOffs: before.putOffs + 1 };
  else lines.push({ putOffs: 1 });
  return lines.map(line => `${JSON.stringify(line)}\n`).join('');
}

/** Whether the start before the latest one was put off. */
export function wasPutOff(log: string | null): boolean {
  return 'putOffs' in (linesOf(log).at(-2) ?? {});
}

/** Most attempts that are shown, the latest ones. */
const MOST_SHOWN = 20;

/**
 * The attempts of a log, oldest first, as clients see them; a long history without its beginning.
 * @param running whether the latest attempt still runs
 * @param latest the number of the latest attempt: a long log has lost its beginning. Where it is not given, the log is whole.
 */
export function readAttemptLog(log: string | null, running: boolean, latest?: number): Creation['history'] {
  const history: Creation['history'] = [];
  let putOffs = 0;
  for (const line of linesOf(log)) {
    const last = history.at(-1);
    if ('putOffs' in line) putOffs += line.putOffs;
    else if ('start' in line) {
      if (last?.outcome === 'running') history[history.length - 1] = { ...last, outcome: 'lost' };
      history.push({ number: history.length + 1, startedAt: line.start, ...UNFINISHED });
    } else if ('end' in line && last?.outcome === 'running') {
      const { end, outcome, step, error = null, retryAt = null } = line;
      history[history.length - 1] = { ...last, endedAt: end, outcome, step, error, retryAt };
    }
  }
  const last = history.at(-1);
  if (last?.outcome === 'running' && !running) history[history.length - 1] = { ...last, outcome: 'lost' };
  const before = Math.max(0, (latest ?? 0) - putOffs - history.length);
  return history.slice(-MOST_SHOWN).map(attempt => ({ ...attempt, number: attempt.number + before }));
}

const UNFINISHED = { endedAt: null, outcome: 'running', step: null, error: null, retryAt: null } as const;

/**
 * Since when a creation could have been begun that has just been taken, where that is its first start since its owner asked for it, or
 * asked for it again; null for any other start.
 */
export function waitedSince(
  log: string | null,
  { createdAt, runAt }: { createdAt: Date; runAt: Date | null },
): Date | null {
  const lines = linesOf(log);
  const restartAt = lines.findLastIndex(line => 'restart' in line);
  if (lines.length !== restartAt + 2) return null;
  const restart = lines[restartAt];
  const asked = restart !== undefined && 'restart' in restart ? new Date(restart.restart) : createdAt;
  return runAt !== null && runAt > asked ? runAt : asked;
}

/** How many attempts were followed by another for each kind of failure, since the creation was last begun by its owner. */
export function failuresIn(log: string | null): FailureCounts {
  let counts: FailureCounts = { ...NO_FAILURES };
  for (const line of linesOf(log)) {
    if ('restart' in line) counts = { ...NO_FAILURES };
    else if ('end' in line && line.error !== undefined) counts[budgetOf(line.error.code)] += 1;
  }
  return counts;
}

/** How many attempts a draft that was no use has ended, over the creation's whole life: restarts included. */
export function draftFailures(log: string | null): number {
  return linesOf(log).filter(line => 'end' in line && line.error !== undefined && budgetOf(line.error.code) === 'draft')
    .length;
}

function linesOf(log: string | null): Line[] {
  return (log ?? '')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}
