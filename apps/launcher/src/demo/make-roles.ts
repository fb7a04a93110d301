import { styleText } from 'node:util';
import type { Creation } from '@roleforge/contracts';
import type { ApiClient } from './api-client.ts';
import type { DemoTask } from './demo-tasks.ts';

type Print = (line?: string) => void;
type Submitted = { task: DemoTask; client: ApiClient; creation: Creation };

/** Submits a creation for each task, one after the other, and shows how quickly each was accepted. */
export async function submitAll(
  tasks: readonly { task: DemoTask; client: ApiClient }[],
  print: Print,
): Promise<Submitted[]> {
  const submitted: Submitted[] = [];
  for (const { task, client } of tasks) {
    const startedAt = performance.now();
    const creation = await client.submit({ taskId: task.taskId });
    const ms = (performance.now() - startedAt).toFixed(1).padStart(5);
    print(`  accepted in ${styleText('green', `${ms} ms`)}  ${task.taskId.padEnd(16)} ${creation.id}`);
    submitted.push({ task, client, creation });
  }
  return submitted;
}

/** Follows all creations at once, by server-sent events, and prints a line for each thing that happens to any of them. */
export async function followAll(submitted: readonly Submitted[], print: Print): Promise<Creation[]> {
  return Promise.all(
    submitted.map(async ({ task, client, creation }) => {
      for await (const event of client.follow(creation)) {
        const sinceMs = Date.parse(event.at) - Date.parse(creation.createdAt);
        const [what, detail] =
          event.type === 'role_creation.progress'
            ? [event.data.step, event.data.detail]
            : [event.type.replace('role_creation.', ''), ''];
        print(
          `  ${`+${sinceMs}`.padStart(6)} ms  ${task.taskId.padEnd(16)} ${styleText(colourOf(what), what.padEnd(10))} ${styleText('gray', detail)}`,
        );
        if (event.type === 'role_creation.succeeded' || event.type === 'role_creation.failed') return event.data;
      }
      throw new Error(`The events of ${creation.id} ended too early.`);
    }),
  );
}

function colourOf(what: string): 'green' | 'red' | 'cyan' {
  return what === 'succeeded' ? 'green' : what === 'failed' ? 'red' : 'cyan';
}
