/** At most this part of the time is spent on it. */
const PART = 1 / 20;

/**
 * A read that is made no more often than every `leastMs`, and less often where it takes long: between two, the last answer holds. So
 * what is cheap is fresh, and what turns out to be dear is read now and then. One that fails is tried again the next time.
 */
export function seldom<T>(read: () => Promise<T>, leastMs: number, now: () => number): () => Promise<T> {
  let last: { answer: T; until: number } | null = null;
  return async () => {
    const startedAt = now();
    if (last !== null && startedAt < last.until) return last.answer;
    last = null;
    const answer = await read();
    const ms = now() - startedAt;
    last = { answer, until: startedAt + Math.max(leastMs, ms / PART) };
    return answer;
  };
}
