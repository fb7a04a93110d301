import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AiCall } from './evidence.ts';

/** The scripted model's process, seen from here. */
export type CountingModel = {
  url: string;
  /** Every call so far, in order of arrival. */
  calls(): Promise<AiCall[]>;
  stop(): Promise<void>;
};

/** @param latencyMs how long each answer takes */
export async function startCountingModel(latencyMs: number): Promise<CountingModel> {
  const child = fork(join(import.meta.dirname, 'model-program.ts'), [String(latencyMs)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const heard = async () => {
    const [message] = await Promise.race([
      once(child, 'message'),
      ended.then(() => {
        throw new Error('The scripted model has ended.');
      }),
    ]);
    return message;
  };
  const url = (await heard()) as string;
  return {
    url,
    calls() {
      child.send('calls');
      return heard() as Promise<AiCall[]>;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
