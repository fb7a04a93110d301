import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryId, TenantId, WebhookEndpointId } from '@roleforge/contracts';
import { type DeliveryTry, decideDelivery, MOST_TRIES, type TakenDelivery } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import {
  addTestDelivery,
  changeWebhookEndpoint,
  createDeliveryLedger,
  createWebhookEndpoint,
  findDelivery,
  findWebhookEndpoint,
  openDatabase,
  redeliver,
  redeliverSince,
  removeWebhookEndpoint,
} from './index.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const START = Date.parse('2031-07-07T12:00:00.000Z');
let now = new Date(START);
const ledger = createDeliveryLedger(database, () => now);
const doer = { actor: { kind: 'api_key', id: 'key_of_the_test' }, remoteAddress: null, requestId: 'r' } as const;

let tenantId: TenantId;
let endpointId: WebhookEndpointId;
let id: DeliveryId;
beforeEach(async () => {
  now = new Date(START);
  ({ tenantId } = await newTenant(database));
  const endpoint = await createWebhookEndpoint(database, tenantId, { url: 'https://a.test/' }, { doer, now });
  if (endpoint === null) throw new Error('no endpoint');
  endpointId = endpoint.id;
  const delivery = await addTestDelivery(database, tenantId, endpointId, now);
  if (typeof delivery === 'string') throw new Error(delivery);
  id = delivery.id;
});

async function take(): Promise<TakenDelivery> {
  const taken = await ledger.take(tenantId, id);
  if (taken.kind !== 'taken') throw new Error(taken.kind);
  return taken.delivery;
}

/** A try that a receiver refuses, or takes. */
async function answerWith(statusCode: number, delivery: TakenDelivery): Promise<boolean> {
  const outcome = statusCode < 300 ? 'delivered' : 'refused';
  const made: DeliveryTry = { at: now, ms: 5, outcome, statusCode, detail: null };
  const decision = decideDelivery({ outcome, retryAfterMs: null }, delivery.tries, 0.5, now);
  const noted = await ledger.conclude(delivery, made, decision);
  if (decision.kind === 'retry') now = decision.at;
  return noted;
}

const find = () => findDelivery(database, tenantId, { endpointId }, id);
const again = () => redeliver(database, tenantId, { endpointId }, id, now);

async function giveUp(): Promise<void> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) await answerWith(500, await take());
}

describe('a delivery that was given up', () => {
  test('is tried by the whole schedule anew, and the numbers of its attempts go on', async () => {
    await giveUp();
    expect(await find()).toMatchObject({ status: 'failed', nextAttemptAt: null });
    // At an address that has not failed yet, or the endpoint would be disabled on the fifth day.
    await changeWebhookEndpoint(database, tenantId, endpointId, { url: 'https://b.test/' }, { doer, now });
    await again();
    expect((await take()).tries).toBe(1);
    await giveUp();
    const delivery = await find();
    expect(delivery).toMatchObject({ status: 'failed' });
    expect(delivery?.attempts.map(({ number }) => number)).toEqual(
      Array.from({ length: 2 * MOST_TRIES }, (_, index) => index + 1),
    );
  });

  test('is delivered at last, and can be sent once more', async () => {
    await giveUp();
    const ids = [id];
    const since = new Date(START);
    expect(await redeliverSince(database, tenantId, { endpointId, since, status: 'failed', after: null }, now)).toEqual(
      {
        ids,
        next: null,
      },
    );
    await answerWith(200, await take());
    expect(await find()).toMatchObject({ status: 'delivered', finishedAt: now.toISOString() });
    const none = { ids: [], next: null };
    for (const [status, result] of [
      ['failed', none],
      ['delivered', { ids, next: null }],
    ] as const)
      expect(await redeliverSince(database, tenantId, { endpointId, since, status, after: null }, now)).toEqual(result);
    expect(await find()).toMatchObject({ status: 'pending', finishedAt: null });
  });
});

test('a try that is being made while its delivery is asked for again is not noted, and another follows', async () => {
  const inHand = await take();
  expect(await again()).toMatchObject({ status: 'pending' });
  expect(await answerWith(500, inHand)).toBe(false);
  now = new Date(START);
  expect(await find()).toMatchObject({ attempts: [], nextAttemptAt: now.toISOString() });
  expect(await answerWith(200, await take())).toBe(true);
  expect(await find()).toMatchObject({ status: 'delivered', attempts: [{ number: 1 }] });
});

test('nothing is sent where the endpoint is disabled or gone', async () => {
  const since = { endpointId, since: new Date(START), status: 'pending', after: null } as const;
  await changeWebhookEndpoint(database, tenantId, endpointId, { enabled: false }, { doer, now });
  expect(await again()).toBe('endpoint_disabled');
  expect(await redeliverSince(database, tenantId, since, now)).toBe('endpoint_disabled');
  expect(await addTestDelivery(database, tenantId, endpointId, now)).toBe('endpoint_disabled');
  expect(await removeWebhookEndpoint(database, tenantId, endpointId, { doer, now })).toBe(true);
  expect(await again()).toBe('endpoint_deleted');
  expect(await redeliverSince(database, tenantId, since, now)).toBe('unknown');
  expect(await find()).toMatchObject({ status: 'failed', finishedAt: now.toISOString() });
});

test('an endpoint says since when it has been failing, and forgets it with its address', async () => {
  await answerWith(500, await take());
  const endpoint = await findWebhookEndpoint(database, tenantId, endpointId, now);
  expect(endpoint).toMatchObject({ failingSince: expect.any(String), lastFailure: expect.stringContaining('500') });
  const url = 'https://b.test/';
  const moved = await changeWebhookEndpoint(database, tenantId, endpointId, { url }, { doer, now });
  expect(moved).toMatchObject({ url, failingSince: null, lastFailure: null });
  expect((await take()).url).toBe(url);
});
