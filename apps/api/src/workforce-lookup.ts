import type { Workforce, WorkforceState } from '@roleforge/queue';

/** How long an answer is good for, in milliseconds: the workers report once a second. */
const GOOD_FOR_MS = 1_000;

/**
 * The state of the workers, asked for once a second at most, however many want to know. A Redis that does not answer is not
 * asked again before that either.
 * @param elapsed a clock in milliseconds that nobody sets
 */
export function createWorkforceLookup(
  workforce: Pick<Workforce, 'read'>,
  elapsed: () => number = () => performance.now(),
): () => Promise<WorkforceState> {
  let asked: { at: number; answer: Promise<WorkforceState> } | null = null;
  return () => {
    if (asked === null || elapsed() - asked.at >= GOOD_FOR_MS) asked = { at: elapsed(), answer: workforce.read() };
    return asked.answer;
  };
}
