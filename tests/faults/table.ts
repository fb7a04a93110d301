import type { FaultReport } from './run-fault.ts';

const COLUMNS = [
  ['accepted', ({ accepted }) => whole(accepted)],
  ['finished', ({ finished }) => whole(finished)],
  ['lost', ({ lost }) => whole(lost)],
  ['doubled', ({ doubled }) => whole(doubled)],
  ['extra AI calls', ({ extraAiCalls }) => whole(extraAiCalls)],
  ['longest gap', ({ longestGapMs }) => `${(longestGapMs / 1000).toFixed(1)} s`],
  ['refused', ({ refusals }) => whole(total(refusals))],
  ['unheard', ({ unheard }) => whole(total(unheard))],
] as const satisfies [string, (report: FaultReport) => string][];

const NAME_WIDTH = 16;
const MOST_PROBLEMS = 10;

export const TABLE_HEAD = line(
  'fault',
  COLUMNS.map(([title]) => title),
);

/** The line of one fault. */
export function tableLine(report: FaultReport): string {
  return line(
    report.fault,
    COLUMNS.map(([, show]) => show(report)),
  );
}

/** What is behind the figures, a line each: what callers heard, and what went wrong. */
export function remarks({ refusals, repeated, unheard, steered, notes, problems, logs }: FaultReport): string[] {
  return [
    ...(total(refusals) === 0 ? [] : [`refused: ${causes(refusals)}`]),
    ...(total(repeated) === 0 ? [] : [`repeated until answered: ${causes(repeated)}`]),
    ...(total(steered) === 0 ? [] : [`steered: ${causes(steered)}`]),
    ...notes,
    ...(total(unheard) === 0 ? [] : [`in the ledger all the same: ${causes(unheard)}`]),
    ...problems.slice(0, MOST_PROBLEMS).map(({ kind, creation, reason }) => `${kind}: ${creation}: ${reason}`),
    ...(problems.length > MOST_PROBLEMS ? [`… and ${whole(problems.length - MOST_PROBLEMS)} more`] : []),
    ...(logs === null ? [] : [`logs are in ${logs}`]),
  ];
}

function line(name: string, cells: readonly string[]): string {
  const padded = cells.map((cell, index) => cell.padStart(Math.max(COLUMNS[index]?.[0].length ?? 0, 7)));
  return [name.padEnd(NAME_WIDTH), ...padded].join('  ');
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

function causes(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([cause, n]) => `${whole(n)} × ${cause}`)
    .join(', ');
}

function whole(n: number): string {
  return n.toLocaleString('en');
}
