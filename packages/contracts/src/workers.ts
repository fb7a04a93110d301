import { z } from 'zod';

/** Most models that a worker says it can ask: a report is of bounded size, as names are. */
export const MOST_MODELS_REPORTED = 30;
/** As long as a host's name or a model's may be: one that is too long would cost all that its worker says. */
const name = z.string().max(300);
const count = z.int().min(0);

/** What a worker process says once a second of what it does. It passes through Redis, perhaps between two releases. */
export const WorkerDoing = z.object({
  phase: z.enum(['working', 'stopping']),
  version: name,
  /** Unix milliseconds. */
  startedAt: z.int(),
  concurrency: count,
  /** Creations by the step that they are at. */
  inHand: z.object({ gathering: count, writing: count, saving: count }),
  /** For how long it has had the one that it took first, in milliseconds; 0 where its hands are empty. */
  longestMs: count,
  /** Those that it is configured with. */
  models: z.array(z.object({ provider: name, model: name })).max(MOST_MODELS_REPORTED),
});
export type WorkerDoing = z.infer<typeof WorkerDoing>;
