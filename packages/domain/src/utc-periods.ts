/** A span of time: `from` belongs to it, `until` does not. */
export type Period = { from: Date; until: Date };

/** The day in which a moment lies, by UTC. */
export function utcDayOf(at: Date): Period {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  return { from: new Date(Date.UTC(year, month, day)), until: new Date(Date.UTC(year, month, day + 1)) };
}

/** The calendar month in which a moment lies, by UTC. */
export function utcMonthOf(at: Date): Period {
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  return { from: new Date(Date.UTC(year, month, 1)), until: new Date(Date.UTC(year, month + 1, 1)) };
}
