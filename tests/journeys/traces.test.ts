import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SOURCE_KINDS } from '@roleforge/contracts';
import {
  type CollectedSpan,
  noteSecret,
  type ScriptedModel,
  startScriptedModel,
  startStopwatch,
  startTraceCollector,
  startWebhookReceiver,
  type TraceCollector,
  type WebhookReceiver,
} from '@roleforge/testkit';
import { beginJourney, type Journey } from './journey.fixture.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CLIENTS_SPAN = '00f067aa0ba902b7';
const traceparent = `00-${TRACE}-${CLIENTS_SPAN}-01`;
const AI_KEY = noteSecret('sk-of-this-journey-alone');
const COLLECTORS_KEY = noteSecret('collectors-key-of-this-journey');

let collector: TraceCollector;
let receiver: WebhookReceiver;
let model: ScriptedModel;
let journey: Journey;

async function begin(settings: Record<string, string>): Promise<void> {
  [receiver, model] = await Promise.all([startWebhookReceiver(), startScriptedModel()]);
  journey = await beginJourney({}, settings);
}
async function end(): Promise<void> {
  await journey.close();
  await Promise.all([collector.close(), receiver.close(), model.close()]);
}

/** Has one role made, whose end is told to the receiver; returns the creation. */
async function makeOne(headers: Record<string, string>, body: object = {}) {
  const all = { taskId: 'tea-shop', webhook: { url: receiver.url }, ...body };
  const response = await journey.call('POST', '/v1/role-creations', all, headers);
  expect(response.status).toBe(202);
  return journey.ended((await response.json()) as never);
}

const postOf = (spans: readonly CollectedSpan[]) => spans.find(({ name }) => name === 'POST');
const processed = (spans: readonly CollectedSpan[]) =>
  spans.some(({ name }) => name === 'process role-creation') &&
  spans.some(({ name }) => name === 'process webhook-delivery');
const childrenOf = (spans: readonly CollectedSpan[], parent: CollectedSpan | undefined) =>
  spans.filter(({ parentId }) => parentId === parent?.id).map(({ name }) => name);

/** Those of a trace that hang on none of its spans. */
function rootsOf(spans: readonly CollectedSpan[]): CollectedSpan[] {
  const ids = new Set(spans.map(({ id }) => id));
  return spans.filter(({ parentId }) => !ids.has(parentId));
}

describe('with a collector', () => {
  beforeAll(async () => {
    collector = await startTraceCollector();
    const headers = `x-api-key=${COLLECTORS_KEY}`;
    await begin({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers });
    await journey.startWorker({ AI_BASE_URL: model.url, AI_MODEL: 'scripted-1', AI_API_KEY: AI_KEY });
  }, 60_000);
  afterAll(end);

  test('what one request brings about, up to the webhook, is one tree beneath the client’s span', async () => {
    const creation = await makeOne({ traceparent });
    const webhook = await receiver.next();
    await collector.until(all => processed(all.filter(({ traceId }) => traceId === TRACE)));
    const spans = collector.spans().filter(({ traceId }) => traceId === TRACE);
    const named = (name: string) => spans.find(span => span.name === name);

    expect(rootsOf(spans).map(({ name, parentId, kind }) => [name, parentId, kind])).toEqual([
      ['POST /v1/role-creations', CLIENTS_SPAN, 2],
    ]);
    const server = named('POST /v1/role-creations');
    expect(server?.attributes).toMatchObject({ 'http.route': '/v1/role-creations', 'http.response.status_code': 202 });
    expect(childrenOf(spans, server)).toEqual(
      expect.arrayContaining([
        'commit group',
        'send role-creation',
        'process role-creation',
        'process webhook-delivery',
      ]),
    );
    expect(childrenOf(spans, named('commit group'))).toContain('INSERT role_creations');
    expect(childrenOf(spans, named('send role-creation')).length).toBeGreaterThan(0);
    const attempt = named('process role-creation');
    expect(attempt).toMatchObject({ kind: 5, failed: false });
    expect(attempt?.attributes).toMatchObject({ 'roleforge.attempt': 1, 'messaging.message.id': creation.id });
    expect(childrenOf(spans, attempt)).toEqual(expect.arrayContaining(['gather', 'write', 'save']));
    expect(childrenOf(spans, named('gather'))).toEqual(
      expect.arrayContaining(SOURCE_KINDS.map(kind => `read ${kind}`)),
    );
    expect(childrenOf(spans, named('write'))).toContain('chat scripted-1');
    expect(named('chat scripted-1')?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': expect.any(Number),
    });
    expect(childrenOf(spans, named('save'))).toContain('INSERT role_versions');
    expect(childrenOf(spans, named('process webhook-delivery'))).toContain('POST');
    expect(webhook.headers.traceparent).toBe(`00-${TRACE}-${postOf(spans)?.id}-01`);
    for (const span of spans) expect(span.endedAt).toBeGreaterThanOrEqual(span.startedAt);
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['roleforge-api', 'roleforge-worker']));
    expect(collector.requests[0]?.['x-api-key']).toBe(COLLECTORS_KEY);
    const lines = journey.logOf('worker-1').filter(({ message }) => message === 'role created');
    expect(lines).toMatchObject([{ traceId: TRACE, creationId: creation.id }]);
  }, 60_000);

  test('a traceparent that is none begins a trace of its own, which the creation stays in', async () => {
    await makeOne({ traceparent: `00-${'0'.repeat(32)}-${CLIENTS_SPAN}-01` });
    const { headers } = await receiver.next();
    const [, trace] = String(headers.traceparent).split('-');
    await collector.until(all => processed(all.filter(({ traceId }) => traceId === trace)));
    const roots = rootsOf(collector.spans().filter(({ traceId }) => traceId === trace));
    expect(roots.map(({ name, parentId }) => [name, parentId])).toEqual([['POST /v1/role-creations', '']]);
  }, 60_000);

  test('what the client has decided not to keep is not kept, and health checks never are', async () => {
    const trace = '1'.repeat(32);
    await makeOne({ traceparent: `00-${trace}-${CLIENTS_SPAN}-00` });
    expect((await receiver.next()).headers.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
    for (const path of ['/livez', '/readyz']) expect((await journey.call('GET', path)).status).toBe(200);
    await journey.call('GET', '/v1/tenant');
    await collector.until(all => all.some(({ name }) => name === 'GET /v1/tenant'));
    expect(collector.spans().filter(({ traceId }) => traceId === trace)).toEqual([]);
    expect(collector.spans().filter(({ name }) => /GET$|livez|readyz/.test(name))).toEqual([]);
  }, 60_000);

  test('nothing of what customers and models write, and no key, leaves for it', async () => {
    const secret = 'Confidential-0815';
    const sources = { baseInfo: { name: `${secret} name`, locale: 'en', background: `${secret} background` } };
    const url = `${receiver.url}/${secret}?key=${secret}`;
    const body = { sources, metadata: { order: secret }, webhook: { url } };
    model.enqueue({ kind: 'status', status: 500, body: { error: { message: secret } } }, { kind: 'truncated' });
    const traceOfSecrets = '2'.repeat(32);
    await makeOne({ traceparent: `00-${traceOfSecrets}-${CLIENTS_SPAN}-01` }, body);
    await receiver.next();
    await journey.call('POST', '/v1/role-creations', { taskId: secret.repeat(9) });
    await journey.call('GET', `/v1/role-creations/${secret}`);
    await collector.until(all => processed(all.filter(({ traceId }) => traceId === traceOfSecrets)));
    const sent = collector.bytes().toString('latin1');
    const prompts = model.requests.flatMap(({ body: { messages } }) =>
      (messages ?? []).map(({ content }) => String(content)),
    );
    expect(prompts.length).toBeGreaterThan(2);
    const role = JSON.stringify(await (await journey.call('GET', '/v1/roles')).json());
    const texts = [...prompts, role]
      .flatMap(text => text.match(/[^"\\{}]{24,}/g) ?? [])
      .filter(text => !/^[a-z]+_[0-9a-z]{26}$/.test(text));
    expect(texts.length).toBeGreaterThan(20);
    const all = [secret, journey.apiKey, journey.adminKey, AI_KEY, COLLECTORS_KEY, ...texts];
    expect(all.filter(text => sent.includes(Buffer.from(text).toString('latin1')))).toEqual([]);
  }, 60_000);
});

describe('otherwise', () => {
  beforeEach(async () => {
    collector = await startTraceCollector();
  });
  afterEach(end);

  test('without a collector nothing is connected to, and the client’s trace is carried to the webhook all the same', async () => {
    await begin({});
    await journey.startWorker();
    await makeOne({ traceparent });
    expect((await receiver.next()).headers.traceparent).toBe(traceparent);
    expect(collector.connections()).toBe(0);
    for (const process of ['api', 'worker-1'] as const)
      expect(journey.logOf(process).filter(({ traceId }) => traceId === TRACE)).not.toEqual([]);
  }, 60_000);

  test('with a collector that hangs the service works, and stops in time', async () => {
    collector.answerWith('nothing');
    await begin({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
    const worker = await journey.startWorker();
    for (let n = 0; n < 3; n += 1) expect(await makeOne({})).toMatchObject({ status: 'succeeded' });
    const watch = startStopwatch();
    await Promise.all([worker.stop(10_000), journey.api().stop(10_000)]);
    expect(watch.stop()).toBeLessThan(5_000);
    expect(await Promise.all([worker.ended, journey.api().ended])).toEqual(['exit code 0', 'exit code 0']);
  }, 60_000);
});
