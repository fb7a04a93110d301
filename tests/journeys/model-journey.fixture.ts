import { type ScriptedModel, startScriptedModel } from '@roleforge/testkit';
import type { ServiceProcess } from '../../apps/launcher/src/service-process.ts';
import { beginJourney, type Journey } from './journey.fixture.ts';

/** A journey with a model of its own. */
export type ModelJourney = Journey & {
  model: ScriptedModel;
  /** As `startWorker`, with the model to write by. */
  startModelWorker(env?: Record<string, string>): Promise<ServiceProcess>;
};

/** As `beginJourney`; the model answers at once until it is told otherwise. */
export async function beginModelJourney(...of: Parameters<typeof beginJourney>): Promise<ModelJourney> {
  const [journey, model] = await Promise.all([beginJourney(...of), startScriptedModel()]);
  return {
    ...journey,
    model,
    startModelWorker: env => journey.startWorker({ AI_BASE_URL: model.url, AI_MODEL: 'scripted-1', ...env }),
    async close() {
      await journey.close();
      await model.close();
    },
  };
}
