import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import { createAttemptLedger, createSourceStore, createStrategyStore } from '@roleforge/db';
import { ProviderBusy, type Writer } from '@roleforge/domain';
import { openTracing, silentLogger, type Tracing } from '@roleforge/telemetry';
import { type ScriptedModel, startScriptedModel, startTraceCollector, type TraceCollector } from '@roleforge/testkit';
import { createTemplateWriter } from '@roleforge/writer';
import { createRoleHandler } from './create-role.ts';
import { unobserved } from './observer.ts';
import { createStepLog } from './step-log.ts';
import { createTurns } from './turns.ts';
import { freshCopies, openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

const TRACE = 'a'.repeat(32);
const REQUEST = 'b'.repeat(16);
const traceparent = `00-${TRACE}-${REQUEST}-01`;
const UNTIL = new Date('2031-05-01T00:00:00.000Z');

let workshop: Workshop;
let collector: TraceCollector;
let model: ScriptedModel;
let tracing: Tracing;
beforeEach(async () => {
  [workshop, collector, model] = await Promise.all([openWorkshop(), startTraceCollector(), startScriptedModel()]);
  await workshop.storeSources('tea-shop', TEA_SHOP);
  const settings = {
    headers: {},
    serviceName: null,
    resource: {},
    sampler: 'parentbased_always_on',
    ratio: 1,
  } as const;
  const about = { service: 'worker', version: '1', log: silentLogger, patienceMs: 2_000 };
  tracing = await openTracing({ url: `${collector.endpoint}/v1/traces`, ...settings }, about);
});
afterEach(async () => {
  await tracing.close();
  await workshop.close();
  await Promise.all([model.close(), collector.close()]);
});

const submit = () => workshop.submit({ taskId: 'tea-shop' }, undefined, traceparent);
const attempts = () => collector.spans().filter(({ name }) => name === 'process role-creation');

/** Takes the creation up as a worker does to which its job comes up. */
function takeUp(id: CreationId, writer: Writer) {
  const { database, announce, tenantId } = workshop;
  const clock = () => new Date();
  const handle = createRoleHandler({
    ledger: createAttemptLedger(database, clock),
    strategies: createStrategyStore(database, clock),
    sources: freshCopies(createSourceStore(database, clock)),
    roles: { readVersion: async () => null },
    countTokens: text => text.length,
    writer,
    announce,
    orders: { follow: () => () => {} },
    steps: createStepLog(silentLogger),
    turns: createTurns(1),
    observer: unobserved,
    tracing,
    log: silentLogger,
    random: Math.random,
    clock,
  });
  const data = { version: 1, tenantId, requestId: 'test', traceparent } as const;
  return handle({ id, data, keptOut: false }, new AbortController().signal);
}

test('a second attempt is another span in the request’s trace', async () => {
  model.enqueue({ kind: 'status', status: 500 });
  const OTEL_EXPORTER_OTLP_ENDPOINT = collector.endpoint;
  const worker = await workshop.startWorker({ AI_BASE_URL: model.url, AI_MODEL: 'm', OTEL_EXPORTER_OTLP_ENDPOINT });
  await workshop.ended(await submit());
  await worker.stop();
  expect(attempts().map(({ traceId, parentId }) => [traceId, parentId])).toEqual([
    [TRACE, REQUEST],
    [TRACE, REQUEST],
  ]);
  expect(attempts().map(({ failed, attributes }) => [attributes['roleforge.attempt'], failed])).toEqual([
    [1, true],
    [2, false],
  ]);
  expect(attempts()[0]?.attributes).toMatchObject({ 'error.type': 'provider_unavailable' });
});

test('one that has to wait for the provider again and again is told of once, and then when it is made', async () => {
  const id = await submit();
  let waits = 10;
  const writer: Writer = {
    async write(brief, context) {
      waits -= 1;
      if (waits >= 0) throw new ProviderBusy('provider_limited', UNTIL, 'Its limit is reached.');
      return createTemplateWriter().write(brief, context);
    },
  };
  for (let time = 0; time < 10; time += 1) expect(await takeUp(id, writer)).toMatchObject({ kind: 'delay' });
  expect(await takeUp(id, writer)).toEqual({ kind: 'done' });
  await tracing.close();
  expect(attempts().map(({ attributes }) => attributes['roleforge.job.outcome'])).toEqual(['delay', 'done']);
  const ids = new Set([REQUEST, ...collector.spans().map(span => span.id)]);
  for (const { parentId } of collector.spans()) expect(ids).toContain(parentId);
});

test('a job that comes up while its creation is held, or has ended, is no span', async () => {
  const [held, cancelled] = await Promise.all([submit(), submit()]);
  await workshop.steering.pause(workshop.tenantId, held);
  await workshop.steering.cancel(workshop.tenantId, cancelled);
  for (const id of [held, cancelled]) await takeUp(id, createTemplateWriter());
  await tracing.close();
  expect(collector.spans()).toEqual([]);
});
