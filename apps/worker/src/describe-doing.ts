import type { Config } from '@roleforge/config';
import type { CreationStep, WorkerDoing } from '@roleforge/contracts';
import manifest from '../package.json' with { type: 'json' };
import type { AttemptInHand } from './attempt-in-hand.ts';

type Needs = {
  config: Pick<Config, 'workerConcurrency' | 'ai'>;
  inHand: () => Iterable<Pick<AttemptInHand, 'step' | 'takenAt'>>;
  startedAt: Date;
  clock: () => Date;
};

type Step = keyof WorkerDoing['inHand'];

/** What a worker says of itself: how many creations it has in hand at which step, and nothing of whose they are. */
export function describeDoing({ config, inHand, startedAt, clock }: Needs): () => Omit<WorkerDoing, 'phase'> {
  const models = (config.ai?.models ?? []).map(({ provider, model }) => ({ provider, model }));
  return () => {
    const now = clock().getTime();
    const steps: Record<Step, number> = { gathering: 0, writing: 0, saving: 0 };
    let longestMs = 0;
    for (const { step, takenAt } of inHand()) {
      steps[shownAs(step)] += 1;
      longestMs = Math.max(longestMs, now - takenAt.getTime());
    }
    return {
      version: manifest.version,
      startedAt: startedAt.getTime(),
      concurrency: config.workerConcurrency,
      inHand: steps,
      longestMs,
      models,
    };
  };
}

/** The last step is over in no time. */
function shownAs(step: CreationStep): Step {
  return step === 'notifying' ? 'saving' : step;
}
