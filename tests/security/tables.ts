import type { RouteCounts } from './bad-requests.ts';
import type { RouteReport } from './foreign-keys.ts';

/** A line for each route: how a stranger, nobody, and somebody without the scope were answered. */
export function routeTable(reports: readonly RouteReport[]): string {
  const rows = reports.map(({ operation, calls, foreign, noKey, noScope, wrong }) => [
    operation.method,
    operation.path,
    operation.audience === 'tenant' ? (operation.scope ?? 'any key') : operation.audience,
    [...foreign].join(' '),
    String(noKey),
    noScope === null ? '' : String(noScope),
    String(calls),
    wrong.length === 0 ? 'ok' : `${wrong.length} wrong`,
  ]);
  return table(['', 'route', 'for', 'foreign', 'no key', 'no scope', 'calls', ''], rows);
}

/** A line for each route: what came of the bad requests that it was sent. */
export function countsTable(counts: readonly RouteCounts[]): string {
  const rows = counts.map(({ operation, sent, by }) => [
    operation.method,
    operation.path,
    String(sent),
    ...(['2xx', '3xx', '4xx', '5xx', 'closed', 'hung'] as const).map(outcome => String(by[outcome])),
  ]);
  return table(['', 'route', 'sent', '2xx', '3xx', '4xx', '5xx', 'closed', 'hung'], rows);
}

/** Columns as wide as they need to be. */
export function table(head: string[], rows: readonly string[][]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
