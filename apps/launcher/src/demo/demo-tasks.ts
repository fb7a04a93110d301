import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SOURCE_KINDS, SOURCE_PATHS, type SourceDocuments, type TaskId } from '@roleforge/contracts';
import type { ApiClient } from './api-client.ts';

export type DemoTask = { tenant: 'hillside' | 'lantern'; taskId: TaskId; sources: SourceDocuments };

const FILES = [
  ['hillside', 'tea-shop'],
  ['hillside', 'outdoor-gear'],
  ['lantern', 'language-coach'],
  ['lantern', 'game-character'],
] as const;

export function readDemoTasks(): DemoTask[] {
  return FILES.map(([tenant, task]) => {
    const file = join(import.meta.dirname, 'tasks', tenant, `${task}.json`);
    return { tenant, ...(JSON.parse(readFileSync(file, 'utf8')) as Omit<DemoTask, 'tenant'>) };
  });
}

/** Stores what a task knows, through the API. */
export async function storeSources(client: ApiClient, { taskId, sources }: DemoTask): Promise<void> {
  for (const kind of SOURCE_KINDS) await client.put(`/v1/tasks/${taskId}/${SOURCE_PATHS[kind]}`, sources[kind]);
}
