import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import { createAttemptLedger, createSourceStore, createStrategyStore } from '@roleforge/db';
import { ProviderBusy, type Writer } from '@roleforge/domain';
import { noTracing, silentLogger } from '@roleforge/telemetry';
import { createTemplateWriter } from '@roleforge/writer';
import { createRoleHandler } from './create-role.ts';
import { unobserved, type WorkerObserver } from './observer.ts';
import { createStepLog } from './step-log.ts';
import { createTurns } from './turns.ts';
import { freshCopies, openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

const UNTIL = new Date('2031-05-05T12:00:00.000Z');
const busy = () => new ProviderBusy('provider_limited', UNTIL, 'The AI provider takes no more calls for now.');

let workshop: Workshop;
let id: CreationId;
beforeEach(async () => {
  workshop = await openWorkshop();
  await workshop.storeSources('tea-shop', TEA_SHOP);
  id = await workshop.submit({ taskId: 'tea-shop' });
});
afterEach(() => workshop.close());

/** Takes the creation up as a worker does to which its job comes up. */
function takeUp(writer: Writer, signal = new AbortController().signal, heard: Partial<WorkerObserver> = {}) {
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
    steps: createStepLog(silentLogger),
    turns: createTurns(1),
    orders: { follow: () => () => {} },
    observer: { ...unobserved, ...heard },
    tracing: noTracing,
    log: silentLogger,
    random: Math.random,
    clock,
  });
  const data = { tenantId, requestId: 'test' } as Parameters<typeof handle>[0]['data'];
  return handle({ id, data, keptOut: false }, signal);
}

const busyFor = (times: number): Writer => ({
  async write(brief, context) {
    times -= 1;
    if (times >= 0) throw busy();
    return createTemplateWriter().write(brief, context);
  },
});

async function eventTypes(): Promise<string[]> {
  return (await workshop.events.read(id, 0)).map(({ type }) => type);
}

test('a creation whose model may not be called waits without a slot, and without an attempt being counted', async () => {
  expect(await takeUp(busyFor(1))).toEqual({ kind: 'delay', at: UNTIL });
  expect(await workshop.read(id)).toMatchObject({
    status: 'queued',
    attempts: 0,
    error: { code: 'provider_limited', owner: 'provider' },
    history: [],
    usage: { calls: 0 },
  });
});

test('one that is put off more often than any may be started is made all the same, and told of only once', async () => {
  const writer = busyFor(60);
  for (let time = 0; time < 60; time += 1) expect(await takeUp(writer)).toMatchObject({ kind: 'delay' });
  const before = await eventTypes();
  expect(before.filter(type => type === 'role_creation.queued')).toHaveLength(1);
  expect(before.length).toBeLessThan(10);
  expect(await takeUp(writer)).toEqual({ kind: 'done' });
  expect(await workshop.read(id)).toMatchObject({
    status: 'succeeded',
    attempts: 1,
    error: null,
    history: [{ number: 1, outcome: 'succeeded' }],
  });
  expect((await eventTypes()).slice(before.length)).toEqual([
    'role_creation.running',
    'role_creation.progress',
    'role_creation.succeeded',
  ]);
});

test('one whose owner has asked for it to wait is held', async () => {
  const asking: Writer = {
    async write() {
      await workshop.steering.pause(workshop.tenantId, id);
      throw busy();
    },
  };
  expect(await takeUp(asking)).toEqual({ kind: 'park' });
  expect(await workshop.read(id)).toMatchObject({ status: 'held' });
});

test('what stood in for the model is named on the creation', async () => {
  const standIn: Writer = {
    async write(brief, context) {
      const draft = await createTemplateWriter().write(brief, context);
      return { ...draft, degraded: [{ writer: 'template', reason: 'breaker_open' }] };
    },
  };
  await takeUp(standIn);
  expect(await workshop.read(id)).toMatchObject({ degraded: [{ writer: 'template', reason: 'breaker_open' }] });
});
