import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type MetricsText, readMetricsText } from '@roleforge/testkit';
import { until } from './journey.fixture.ts';
import { beginModelJourney, type ModelJourney } from './model-journey.fixture.ts';

let journey: ModelJourney;
beforeEach(async () => {
  journey = await beginModelJourney();
});
afterEach(() => journey.close());

test('a role can be followed through the metrics of the processes that made it', async () => {
  await journey.startModelWorker({ WORKER_HEALTH_PORT: '0' });
  const ready = () => journey.logOf('worker-1').find(line => line.message === 'worker ready');
  await until(() => ready() !== undefined);
  const creation = await journey.ended(await journey.submit('tea-shop', { priority: 'urgent' }));
  expect(creation.status).toBe('succeeded');

  const read = async (url: string) => readMetricsText(await (await fetch(url)).text());
  let worker: MetricsText = await read(`http://127.0.0.1:${ready()?.healthPort}/metrics`);
  await until(async () => {
    worker = await read(`http://127.0.0.1:${ready()?.healthPort}/metrics`);
    return worker.value('roleforge_creations_ended_total', { status: 'succeeded' }) === 1;
  });
  const api = await read(`${journey.url}/metrics`);
  expect(api.value('roleforge_creations_accepted_total', { priority: 'urgent' })).toBe(1);
  expect(api.value('roleforge_accept_duration_seconds_count', { via: 'single' })).toBe(1);
  expect(api.value('roleforge_http_server_request_duration_seconds_count', { http_route: '/v1/role-creations' })).toBe(
    1,
  );
  expect(worker.value('roleforge_creation_pickup_duration_seconds_count', { priority: 'urgent' })).toBe(1);
  for (const step of ['gathering', 'writing', 'saving'])
    expect([step, worker.value('roleforge_creation_step_duration_seconds_count', { step })]).toEqual([step, 1]);
  expect(worker.value('roleforge_source_read_duration_seconds_count')).toBe(4);
  expect(worker.value('roleforge_gen_ai_client_operation_duration_seconds_count', { outcome: 'ok' })).toBe(1);
  const { inputTokens, outputTokens } = creation.usage;
  const tokens = (type: string) => worker.value('roleforge_gen_ai_client_tokens_total', { gen_ai_token_type: type });
  expect([tokens('input'), tokens('output')]).toEqual([inputTokens, outputTokens]);
  // Of the process itself, which only its own program watches.
  for (const page of [api, worker]) expect(page.value('process_resident_memory_bytes')).toBeGreaterThan(0);
});
