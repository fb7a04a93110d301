import pLimit from 'p-limit';

/** Carries work out in its turn. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Creations whose model has answered come to their end some at a time, first come, first served. All at once they would share the processor
 * alike and so end together, those that follow them would wait for the model together, and the processor would have nothing to do
 * meanwhile (docs/decisions/0025).
 *
 * @param atOnce enough to keep MySQL busy while each waits for its answers
 */
export function createTurns(atOnce: number): Turns {
  const limit = pLimit(atOnce);
  return work => limit(work);
}
