import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebhookBody } from '@roleforge/contracts';
import { ensureWebhookSecret } from '@roleforge/db';
import { silentLogger } from '@roleforge/telemetry';
import { newTenant, startWebhookReceiver, type WebhookReceiver } from '@roleforge/testkit';
import { MOST_AT_ONE_ADDRESS } from './endpoint-slots.ts';
import { reconcile } from './reconcile.ts';
import { deliveriesOf, endedUnheard } from './webhooks.fixture.ts';
import { openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

/** Whole ways, with real workers: from a creation's end to the receiver. */
let workshop: Workshop;
let receiver: WebhookReceiver;
beforeEach(async () => {
  workshop = await openWorkshop();
  const { secret } = await ensureWebhookSecret(workshop.database.knex, workshop.tenantId);
  receiver = await startWebhookReceiver({ secret });
});
afterEach(async () => {
  await receiver.close();
  await workshop.close();
});

const ENV = { WEBHOOK_TARGETS: 'any', RECONCILE_SECONDS: '600' };
const inAMinute = () => new Date(Date.now() + 60_000);
const relay = () => reconcile({ ...workshop, log: silentLogger, clock: inAMinute });
const states = async () => (await deliveriesOf(workshop.database, workshop.tenantId)).map(({ status }) => status);

describe('a creation’s end', () => {
  test('is told to the address that it named, signed', async () => {
    await workshop.storeSources('tea-shop', TEA_SHOP);
    const worker = await workshop.startWorker(ENV);
    const id = await workshop.submit({ taskId: 'tea-shop', webhook: { url: receiver.url }, metadata: { order: '7' } });
    const { body, verified } = await receiver.next();
    expect(verified).toBe(true);
    expect(WebhookBody.parse(JSON.parse(body))).toMatchObject({
      type: 'role_creation.succeeded',
      data: { id, status: 'succeeded', roleVersion: 1, metadata: { order: '7' } },
    });
    await worker.stop();
    expect(await states()).toEqual(['delivered']);
  });

  test('is told where its owner cancels it while it waits', async () => {
    await workshop.startWorker({ ...ENV });
    const id = await workshop.submit({
      taskId: 'tea-shop',
      webhook: { url: receiver.url },
      runAt: inAMinute().toISOString(),
    });
    await workshop.steering.cancel(workshop.tenantId, id);
    const { body } = await receiver.next();
    expect(JSON.parse(body)).toMatchObject({ type: 'role_creation.cancelled', data: { id } });
  });

  test('is told though the process that ended it died before it could tell the queue', async () => {
    await endedUnheard(workshop.database, workshop.tenantId, receiver.url);
    await workshop.startWorker(ENV);
    expect(await relay()).toMatchObject({ webhooks: 1 });
    expect((await receiver.next()).verified).toBe(true);
  });

  test('is told though Redis has lost everything; what is on the queue is not put there twice', async () => {
    const { redis, prefix } = workshop;
    await endedUnheard(workshop.database, workshop.tenantId, receiver.url);
    expect(await relay()).toMatchObject({ webhooks: 1 });
    expect(await relay()).toMatchObject({ webhooks: 0 });
    await redis.del(...(await redis.keys(`{${prefix}:*`)));
    expect(await relay()).toMatchObject({ webhooks: 1 });
    const worker = await workshop.startWorker(ENV);
    await receiver.next();
    await worker.stop();
    expect(receiver.received).toHaveLength(1);
    expect(await states()).toEqual(['delivered']);
    expect(await relay()).toMatchObject({ webhooks: 0 });
  });
});

test('a receiver that hangs does not keep another tenant’s message waiting', async () => {
  const { database, tenantId } = workshop;
  const { tenantId: other } = await newTenant(database);
  const well = await startWebhookReceiver();
  receiver.hang();
  for (let n = 0; n < 60; n += 1) await endedUnheard(database, tenantId, receiver.url);
  await relay();
  await workshop.startWorker({ ...ENV, SHUTDOWN_GRACE_SECONDS: '1' });
  for (let n = 0; n < MOST_AT_ONE_ADDRESS; n += 1) await receiver.next();
  await endedUnheard(database, other, well.url);
  const startedAt = Date.now();
  await relay();
  await well.next();
  expect(Date.now() - startedAt).toBeLessThan(5_000);
  expect(receiver.received).toHaveLength(MOST_AT_ONE_ADDRESS);
  await well.close();
});

test('a worker that stops finishes what it has in hand', async () => {
  await endedUnheard(workshop.database, workshop.tenantId, receiver.url);
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  receiver.answerWith(() => {
    ask();
    return 204;
  });
  await relay();
  const worker = await workshop.startWorker(ENV);
  await asked;
  await worker.stop();
  expect(await states()).toEqual(['delivered']);
});

test('a worker whose grace is over gives back what it has in hand, and the next one sends it under the same id', async () => {
  await endedUnheard(workshop.database, workshop.tenantId, receiver.url);
  receiver.hang();
  await relay();
  const first = await workshop.startWorker({ ...ENV, SHUTDOWN_GRACE_SECONDS: '1' });
  const { id } = await receiver.next();
  await first.stop();
  expect(await states()).toEqual(['pending']);
  receiver.answerWith([204]);
  const second = await workshop.startWorker(ENV);
  expect((await receiver.next()).id).toBe(id);
  await second.stop();
  expect(await deliveriesOf(workshop.database, workshop.tenantId)).toMatchObject([
    { status: 'delivered', attempts: 1 },
  ]);
});
