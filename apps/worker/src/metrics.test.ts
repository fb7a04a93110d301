import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SOURCE_KINDS } from '@roleforge/contracts';
import { WORKER_METRICS } from '@roleforge/telemetry';
import {
  type MetricsText,
  noteSecret,
  readMetricsText,
  type ScriptedModel,
  startScriptedModel,
  startWebhookReceiver,
  type WebhookReceiver,
} from '@roleforge/testkit';
import type { RunningWorker } from './compose.ts';
import { openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';
import { createWorkerObserver, openWorkerMetrics } from './worker-metrics.ts';

let workshop: Workshop;
let model: ScriptedModel;
let receiver: WebhookReceiver;
beforeEach(async () => {
  [workshop, model, receiver] = await Promise.all([openWorkshop(), startScriptedModel(), startWebhookReceiver()]);
  await workshop.storeSources('tea-shop', TEA_SHOP);
});
afterEach(async () => {
  await receiver.close();
  await model.close();
  await workshop.close();
});

const startWorker = (env: Record<string, string> = {}) =>
  workshop.startWorker({
    AI_BASE_URL: model.url,
    AI_MODEL: 'scripted-1',
    WEBHOOK_TARGETS: 'any',
    WORKER_HEALTH_PORT: '0',
    ...env,
  });

const pageOf = ({ healthPort }: RunningWorker, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${healthPort}/metrics`, init);

/** Reads the page until it is so: what is counted after a creation's end may come just after its end is known. */
async function metricsOnce(worker: RunningWorker, condition: (page: MetricsText) => boolean): Promise<MetricsText> {
  for (;;) {
    const page = readMetricsText(await (await pageOf(worker)).text());
    if (condition(page)) return page;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

describe('the page of metrics of a worker', () => {
  test('has a creation from its pickup to its webhook', async () => {
    const worker = await startWorker({ RECONCILE_SECONDS: '1' });
    const first = await workshop.submit({ taskId: 'tea-shop', priority: 'high', webhook: { url: receiver.url } });
    expect((await workshop.ended(first)).status).toBe('succeeded');
    await receiver.next();
    expect((await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }))).status).toBe('succeeded');

    const page = await metricsOnce(
      worker,
      ({ value }) =>
        value('roleforge_creations_ended_total', { status: 'succeeded' }) === 2 &&
        value('roleforge_webhook_delivery_duration_seconds_count', { outcome: 'delivered' }) === 1 &&
        (value('roleforge_reconcile_duration_seconds_count') ?? 0) > 0 &&
        value('roleforge_worker_creations_in_hand') === 0,
    );
    const { families, value } = page;
    expect([...families.keys()].toSorted()).toEqual(Object.keys(WORKER_METRICS).toSorted());
    for (const priority of ['high', 'normal'])
      expect(value('roleforge_creation_pickup_duration_seconds_count', { priority })).toBe(1);
    for (const step of ['gathering', 'writing', 'saving'])
      expect([step, value('roleforge_creation_step_duration_seconds_count', { step })]).toEqual([step, 2]);
    expect(value('roleforge_creation_duration_seconds_count', { status: 'succeeded' })).toBe(2);
    for (const source of SOURCE_KINDS) {
      const reads = (from: string) => value('roleforge_source_read_duration_seconds_count', { source, from });
      expect([source, reads('mysql'), reads('memory')]).toEqual([source, 1, 1]);
    }
    const its = { gen_ai_provider_name: new URL(model.url).host, gen_ai_request_model: 'scripted-1' };
    expect(value('roleforge_gen_ai_client_operation_duration_seconds_count', { ...its, outcome: 'ok' })).toBe(2);
    expect(value('roleforge_gen_ai_client_tokens_total', { ...its, gen_ai_token_type: 'input' })).toBeGreaterThan(0);
    expect(value('roleforge_gen_ai_client_tokens_total', { ...its, gen_ai_token_type: 'output' })).toBeGreaterThan(0);
    expect(value('roleforge_gen_ai_client_cost_usd_total', its)).toBe(0);
    expect(value('roleforge_worker_concurrency')).toBe(50);
    expect(value('roleforge_worker_ready')).toBe(1);
    expect(value('roleforge_build_info', { service: 'worker' })).toBe(1);
    expect(value('roleforge_attempts_retried_total')).toBe(0);
    expect(value('roleforge_reconcile_repairs_total', { repair: 'restored' })).toBe(0);
  });

  test('has what went wrong, by whose fault it was', async () => {
    model.enqueue({ kind: 'status', status: 500 }, { kind: 'wrongLanguage' });
    const worker = await startWorker();
    expect((await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }))).status).toBe('succeeded');
    expect((await workshop.ended(await workshop.submit({ taskId: 'no-such-shop' }))).status).toBe('failed');

    const { value } = await metricsOnce(
      worker,
      page => page.value('roleforge_creations_ended_total', { status: 'failed' }) === 1,
    );
    const calls = (outcome: string) => value('roleforge_gen_ai_client_operation_duration_seconds_count', { outcome });
    expect([calls('failed'), calls('useless'), calls('ok')]).toEqual([1, 1, 1]);
    const retried = { owner: 'provider', code: 'provider_unavailable' };
    expect(value('roleforge_attempts_retried_total', retried)).toBe(1);
    expect(value('roleforge_attempts_retried_total')).toBe(1);
    // What never came to the end of a step has none; a second attempt is no second pickup.
    expect(value('roleforge_creation_step_duration_seconds_count', { step: 'writing' })).toBe(1);
    expect(value('roleforge_creation_pickup_duration_seconds_count')).toBe(2);
  });

  test('has creations that wait for a provider', async () => {
    const worker = await startWorker({ AI_REQUESTS_PER_MINUTE: '1' });
    await workshop.submit({ taskId: 'tea-shop' });
    await workshop.submit({ taskId: 'tea-shop' });
    const reason = 'provider_limited';
    const put = await metricsOnce(
      worker,
      ({ value }) => (value('roleforge_creations_put_off_total', { reason }) ?? 0) > 0,
    );
    expect(put.value('roleforge_attempts_retried_total')).toBe(0);
  });

  test('is for everybody, and answers HEAD without the text', async () => {
    const worker = await startWorker();
    const type = 'text/plain; version=0.0.4; charset=utf-8';
    const got = await pageOf(worker);
    expect([got.status, got.headers.get('content-type')]).toEqual([200, type]);
    readMetricsText(await got.text());
    const head = await pageOf(worker, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, type, '']);
  });

  test('is for those who show METRICS_API_KEY, where it is set; the admin key is none here', async () => {
    const key = noteSecret('the-key-of-the-metrics-of-the-tests');
    const adminKey = noteSecret('the-admin-key-of-the-tests');
    const worker = await startWorker({ METRICS_API_KEY: key, ADMIN_API_KEY: adminKey });
    const statusOf = async (authorization?: string) => {
      const response = await pageOf(worker, authorization === undefined ? {} : { headers: { authorization } });
      await response.text();
      return response.status;
    };
    expect(await statusOf(`Bearer ${key}`)).toBe(200);
    for (const wrong of [undefined, `Bearer ${key}x`, `Bearer ${adminKey}`, key])
      expect([wrong, await statusOf(wrong)]).toEqual([wrong, 401]);
  });
});

test('what the reconciler has found and mended is counted, and what it only looked at is not', async () => {
  const metrics = openWorkerMetrics();
  const report = { unfinished: 900, restored: 3, reprioritized: 0, removed: 1, mended: 2, pauses: 0 };
  const more = { conceded: 1, lapsed: 4, due: 5, bulks: 7, webhooks: 6 };
  createWorkerObserver(metrics).reconciled({ ...report, ...more }, 1_500);
  const { value, samples } = readMetricsText(await metrics.registry.metrics());
  const repairs = samples.filter(({ name }) => name === 'roleforge_reconcile_repairs_total');
  expect(Object.fromEntries(repairs.map(({ labels, value: count }) => [labels.repair, count]))).toEqual({
    restored: 3,
    reprioritized: 0,
    removed: 1,
    mended: 2,
    pauses: 0,
    conceded: 1,
    lapsed: 4,
    due: 5,
    webhooks: 6,
  });
  expect(value('roleforge_reconcile_duration_seconds_sum')).toBe(1.5);
});
