import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Creation, CreationEvent, Role, TaskId } from '@roleforge/contracts';
import { EventSourceParserStream } from 'eventsource-parser/stream';

/** The few calls that the demo makes, just as any client of the API would. */
export type ApiClient = {
  put(path: string, body: object): Promise<void>;
  submit(body: { taskId: TaskId }): Promise<Creation>;
  follow(creation: Creation): AsyncGenerator<CreationEvent>;
  readRole(creation: Creation): Promise<Role>;
};

/** A 503 says when to come back: with an Idempotency-Key that is safe for a submission too. */
const MOST_TRIES = 5;

export function createApiClient(url: string, apiKey: string): ApiClient {
  async function call(method: string, path: string, body?: object, more: Record<string, string> = {}) {
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...more,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.ok) return response;
      const said = await response.text();
      if (response.status !== 503 || tries === MOST_TRIES)
        throw new Error(`${method} ${path} was answered with ${response.status}: ${said}`);
      await pause(Number(response.headers.get('retry-after') ?? 1) * 1_000);
    }
  }
  const json = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;

  return {
    put: async (path, body) => void (await call('PUT', path, body)),
    submit: body => json<Creation>(call('POST', '/v1/role-creations', body, { 'idempotency-key': randomUUID() })),
    readRole: creation => json<Role>(call('GET', creation.links.role)),
    async *follow(creation) {
      const response = await call('GET', creation.links.events);
      const events = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const { data } of events ?? []) yield JSON.parse(data) as CreationEvent;
    },
  };
}
