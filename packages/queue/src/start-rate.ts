/*
 * How many creations the workers start, counted in spans of a few seconds by Redis's clock: workers' own clocks may differ by
 * seconds, and a count for each start would be a command for each job.
 */

/** The length of the spans in which starts are counted. */
export const SPAN_S = 5;
/** How many whole spans before the present one are looked at: of what is happening now, and of the last minute. */
const RECENT_SPANS = 2;
export const KEPT_SPANS = 12;

/**
 * Starts per second: over the last ten seconds or so, or over the last minute, whichever is more. Work that comes in waves
 * is not forgotten between two of them, and a queue that has just begun to move is not judged by its silence before. Null
 * where nothing was started in the last minute.
 * @param counts starts by number of the span, `floor(time / SPAN_S)`
 * @param now Redis's time in seconds
 */
export function startsPerSecond(counts: ReadonlyMap<number, number>, now: number): number | null {
  const present = Math.floor(now / SPAN_S);
  const elapsed = now - present * SPAN_S;
  const over = (spans: number) => {
    let starts = 0;
    for (let span = present - spans; span <= present; span += 1) starts += counts.get(span) ?? 0;
    return starts / (spans * SPAN_S + elapsed);
  };
  const rate = Math.max(over(RECENT_SPANS), over(KEPT_SPANS));
  return rate === 0 ? null : rate;
}
