import type { Incident } from '@roleforge/contracts';
import type { Finding } from './system-incidents.ts';

/** Something that is wrong, since when; and since when it was last seen not to be, while it is waited for whether that lasts. */
type Open = Finding & { since: string; goneSince: string | null };
/** Incidents that last, or may become some, and those that are over, the latest first. Kept as JSON. */
export type IncidentLog = { open: readonly Open[]; past: readonly Incident[] };

export const EMPTY_INCIDENT_LOG: IncidentLog = { open: [], past: [] };

const MOST_PAST = 30;
const KEPT_MS = 24 * 3_600_000;
/** What comes back within this time was not over, in milliseconds. */
const REST_MS = 5_000;

/** What becomes of the log when these are the findings of `now`. The same findings again change nothing. */
export function advanceIncidents(log: IncidentLog, findings: readonly Finding[], now: Date): IncidentLog {
  const at = now.toISOString();
  const found = findings.map((finding): Open => {
    const before = log.open.find(({ id }) => id === finding.id);
    return { ...finding, since: before?.since ?? at, goneSince: null };
  });
  const gone = log.open
    .filter(({ id }) => findings.every(finding => finding.id !== id))
    .map(one => ({ ...one, goneSince: one.goneSince ?? at }));
  const rests = (one: Open & { goneSince: string }) => now.getTime() - Date.parse(one.goneSince) < REST_MS;
  const ended = gone.filter(one => !rests(one) && lasted(one, one.goneSince));
  return {
    open: [...found, ...gone.filter(rests)],
    past: kept([...ended.map(one => present(one, one.goneSince)), ...log.past], now),
  };
}

/** The log of two processes that looked at the same system for a while apart: what overlaps was one incident. */
export function mergeIncidents(a: IncidentLog, b: IncidentLog, now: Date): IncidentLog {
  const open = [...a.open];
  for (const other of b.open) {
    const index = open.findIndex(({ id }) => id === other.id);
    const mine = open[index];
    if (mine === undefined) open.push(other);
    else open[index] = { ...mine, since: earlier(mine.since, other.since) };
  }
  const past: Incident[] = [];
  for (const one of [...a.past, ...b.past]) {
    const index = past.findIndex(other => other.id === one.id && overlap(other, one));
    const mine = past[index];
    if (mine === undefined) past.push(one);
    else
      past[index] = {
        ...mine,
        since: earlier(mine.since, one.since),
        endedAt: later(mine.endedAt ?? '', one.endedAt ?? ''),
      };
  }
  return { open, past: kept(past, now) };
}

/** The incidents that last, in the order of the log. */
export function currentIncidents({ open }: IncidentLog, now: Date): Incident[] {
  return open.filter(one => one.goneSince === null && lasted(one, now.toISOString())).map(one => present(one, null));
}

function lasted({ since, afterMs }: Open, until: string): boolean {
  return Date.parse(until) - Date.parse(since) >= afterMs;
}

function present({ id, code, severity, message, since }: Open, endedAt: string | null): Incident {
  return { id, code, severity, message, since, endedAt };
}

/** Times in ISO 8601 and UTC sort as texts. */
function earlier(a: string, b: string): string {
  return a.localeCompare(b) <= 0 ? a : b;
}

function later(a: string, b: string): string {
  return earlier(a, b) === a ? b : a;
}

function overlap(a: Incident, b: Incident): boolean {
  return a.since <= (b.endedAt ?? '') && b.since <= (a.endedAt ?? '');
}

function kept(past: readonly Incident[], now: Date): Incident[] {
  return past
    .filter(({ endedAt }) => now.getTime() - Date.parse(endedAt ?? '') < KEPT_MS)
    .toSorted((a, b) => (b.endedAt ?? '').localeCompare(a.endedAt ?? ''))
    .slice(0, MOST_PAST);
}
