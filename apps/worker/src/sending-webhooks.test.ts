import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MOST_WEBHOOK_ENDPOINTS, WebhookBody } from '@roleforge/contracts';
import { ensureWebhookSecret } from '@roleforge/db';
import { OWN_ADDRESS_LANES } from '@roleforge/domain';
import { MOST_AT_ONE_RECEIVER } from '@roleforge/queue';
import { silentLogger } from '@roleforge/telemetry';
import { newTenant, startWebhookReceiver, type WebhookReceiver } from '@roleforge/testkit';
import { reconcile } from './reconcile.ts';
import { AT_ONCE } from './start-deliveries.ts';
import { deliveriesOf, endedUnheard, manyMessages } from './webhooks.fixture.ts';
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

describe('a receiver that hangs', () => {
  test('with 2,000 messages does not keep another tenant’s waiting, and holds so many tries over all workers', async () => {
    const { database, tenantId } = workshop;
    const { tenantId: other } = await newTenant(database);
    const well = await startWebhookReceiver();
    receiver.hang();
    await manyMessages(database, tenantId, receiver.url, 2_000);
    expect(await relay()).toMatchObject({ webhooks: 2_000 });
    for (let n = 0; n < 2; n += 1) await workshop.startWorker({ ...ENV, SHUTDOWN_GRACE_SECONDS: '1' });
    for (let n = 0; n < MOST_AT_ONE_RECEIVER; n += 1) await receiver.next();
    await endedUnheard(database, other, well.url);
    await relay();
    await well.next();
    // It was waited for by none of those that hang, and by none of those behind them.
    expect(receiver.received).toHaveLength(MOST_AT_ONE_RECEIVER);
    expect(await states()).toEqual(Array.from({ length: 2_000 }, () => 'pending'));
    await well.close();
  });

  test('does not take all the hands of one worker, were it each receiver of its tenant', () => {
    expect((MOST_WEBHOOK_ENDPOINTS + OWN_ADDRESS_LANES) * MOST_AT_ONE_RECEIVER).toBeLessThan(AT_ONCE);
  });
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
