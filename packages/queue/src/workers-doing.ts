import { createHash } from 'node:crypto';
import { MOST_MODELS_REPORTED, WorkerDoing } from '@roleforge/contracts';
import type { WorkerSample } from '@roleforge/domain';

/** As it is put down in Redis. */
export function doingText(doing: WorkerDoing): string {
  return JSON.stringify({ ...doing, models: doing.models.slice(0, MOST_MODELS_REPORTED) });
}

/** A worker by its id and what it has said last; one whose release says nothing of it, or something else, is there all the same. */
export function workerOf(
  id: string,
  text: string | undefined,
): { worker: WorkerSample; models: WorkerDoing['models'] } {
  const { success, data: doing } = WorkerDoing.safeParse(parseJson(text));
  if (!success)
    return {
      models: [],
      worker: {
        id: aliasOf(id),
        phase: 'unknown',
        version: null,
        startedAt: null,
        concurrency: null,
        inHand: null,
        longestInHandMs: null,
      },
    };
  const { phase, version, startedAt, concurrency, inHand, longestMs, models } = doing;
  const worker = {
    id: aliasOf(id),
    phase,
    version,
    startedAt: new Date(startedAt),
    concurrency,
    inHand,
    longestInHandMs: longestMs,
  };
  return { worker, models };
}

/** An id begins with the name of its host, which is nobody else's business. */
function aliasOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 8);
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
