import type { Creation, CreationError, CreationStep } from '@roleforge/contracts';

/*
 * What became of each attempt at a creation. The ledger keeps it on the row as lines of JSON to which every take and every end
 * adds one, so that writing it costs no statement of its own. A start that is followed by another start, and not by an end,
 * is an attempt whose worker was lost.
 */

/** How an attempt ended. A `lost` one's worker died, froze, or lost its hold. */
export type AttemptOutcome = Creation['history'][number]['outcome'];

type StartLine = { start: string };
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

/** Most attempts that are shown, the latest ones. */
const MOST_SHOWN = 20;

/** The attempts of a log, oldest first, as clients see them; a long history without its beginning. */
export function readAttemptLog(log: string | null, running: boolean): Creation['history'] {
  const lines = (log ?? '').split('\n').filter(line => line !== '');
  const history: Creation['history'] = [];
  for (const text of lines) {
    const line = JSON.parse(text) as StartLine | EndLine;
    const last = history.at(-1);
    if ('start' in line) {
      if (last?.outcome === 'running') history[history.length - 1] = { ...last, outcome: 'lost' };
      history.push({
        number: history.length + 1,
        startedAt: line.start,
        endedAt: null,
        outcome: 'running',
        step: null,
        error: null,
        retryAt: null,
      });
    } else if (last?.outcome === 'running') {
      const { end, outcome, step, error = null, retryAt = null } = line;
      history[history.length - 1] = { ...last, endedAt: end, outcome, step, error, retryAt };
    }
  }
  const last = history.at(-1);
  if (last?.outcome === 'running' && !running) history[history.length - 1] = { ...last, outcome: 'lost' };
  return history.slice(-MOST_SHOWN);
}
