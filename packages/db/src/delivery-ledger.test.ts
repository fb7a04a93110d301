import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import { type DeliveryTry, newWebhookSecret, type TakenDelivery } from '@roleforge/domain';
import { newTenant, noteSecret, testServers } from '@roleforge/testkit';
import {
  cancelCreation,
  createDeliveryLedger,
  ensureWebhookSecret,
  eraseCreation,
  openDatabase,
  rotateWebhookSecret,
} from './index.ts';
import { waitingCreation } from './ledger.fixture.ts';
import { rowsOf } from './tenant-rows.ts';
import { anEndpoint, type DeliveryRow, deliveryRows, type EndpointRow, endpointRow } from './webhook.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const START = new Date('2031-05-05T12:00:00.000Z').getTime();
const DAY_MS = 86_400_000;
let now = new Date(START);
const ledger = createDeliveryLedger(database, () => now);
let tenantId: TenantId;
beforeEach(async () => {
  now = new Date(START);
  tenantId = (await newTenant(database)).tenantId;
});
const later = (ms: number) => {
  now = new Date(now.getTime() + ms);
};

const OK: Omit<DeliveryTry, 'at'> = { ms: 12, outcome: 'delivered', statusCode: 204, detail: null };
const BAD: Omit<DeliveryTry, 'at'> = { ms: 30, outcome: 'refused', statusCode: 500, detail: null };
const delivered = (one: TakenDelivery) => ledger.conclude(one, { ...OK, at: now }, { kind: 'delivered' });
const retried = (one: TakenDelivery, at: Date) => ledger.conclude(one, { ...BAD, at: now }, { kind: 'retry', at });

/** A message to an endpoint, or to the creation's own address. */
async function message(endpoint: EndpointRow | null): Promise<DeliveryRow> {
  const webhook = endpoint === null ? { webhook: { url: 'https://own.example/' } } : {};
  const creation = await waitingCreation(database, tenantId, { now, ...webhook });
  await cancelCreation(database, creation, now);
  const row = (await deliveryRows(database, tenantId)).at(-1);
  if (row === undefined) throw new Error('There is no message.');
  return row;
}
async function take({ id }: DeliveryRow): Promise<TakenDelivery> {
  const result = await ledger.take(tenantId, id);
  if (result.kind !== 'taken') throw new Error(result.kind);
  return result.delivery;
}
const read = async ({ id }: DeliveryRow) =>
  rowsOf(database.knex, tenantId, 'webhook_deliveries').where('id', id).first();
const attempts = async ({ id }: DeliveryRow) =>
  rowsOf(database.knex, tenantId, 'webhook_attempts').where('delivery_id', id).orderBy('number');
const endpointNow = ({ id }: EndpointRow) => endpointRow(database, tenantId, id);

describe('a try', () => {
  test('that succeeds ends the delivery, and is noted with its code and its time', async () => {
    const endpoint = await anEndpoint(database, tenantId);
    const row = await message(endpoint);
    const taken = await take(row);
    expect(taken).toMatchObject({ url: endpoint.url, body: row.body, secrets: [endpoint.secret], tries: 1 });
    later(50);
    expect(await delivered(taken)).toBe(true);
    expect(await read(row)).toMatchObject({
      status: 'delivered',
      attempts: 1,
      next_attempt_at: null,
      finished_at: now,
    });
    expect(await attempts(row)).toMatchObject([{ number: 1, outcome: 'delivered', status_code: 204, ms: 12 }]);
    expect(await ledger.take(tenantId, row.id)).toEqual({ kind: 'over' });
  });

  test('that fails leaves it for later, and is not made before', async () => {
    const row = await message(await anEndpoint(database, tenantId));
    const at = new Date(START + 5_000);
    await retried(await take(row), at);
    expect(await ledger.take(tenantId, row.id)).toEqual({ kind: 'early', at });
    later(5_000);
    const second = await take(row);
    expect(second.tries).toBe(2);
    await ledger.conclude(second, { ...BAD, at: now, detail: 'x'.repeat(1_000) }, { kind: 'failed' });
    expect(await read(row)).toMatchObject({ status: 'failed', attempts: 2, finished_at: now });
    expect((await attempts(row)).map(({ number, detail }: never) => [number, detail])).toEqual([
      [1, null],
      [2, 'x'.repeat(300)],
    ]);
  });

  test('whose delivery was taken anew notes nothing', async () => {
    const endpoint = await anEndpoint(database, tenantId);
    const row = await message(endpoint);
    const first = await take(row);
    const second = await take(row);
    expect(await retried(first, now)).toBe(false);
    expect(await delivered(second)).toBe(true);
    expect(await delivered(first)).toBe(false);
    expect(await attempts(row)).toHaveLength(1);
    expect((await endpointNow(endpoint)).failing_since).toBeNull();
  });

  test('whose creation was erased meanwhile leaves nothing', async () => {
    const row = await message(await anEndpoint(database, tenantId));
    const first = await take(row);
    await retried(first, now);
    const second = await take(row);
    const { creation_id: creationId } = await read(row);
    expect(await eraseCreation(database, tenantId, creationId)).toEqual({ kind: 'erased' });
    expect(await delivered(second)).toBe(false);
    expect(await deliveryRows(database, tenantId)).toEqual([]);
    expect(await attempts(row)).toEqual([]);
  });

  test('goes to where the endpoint is by now', async () => {
    const endpoint = await anEndpoint(database, tenantId);
    const row = await message(endpoint);
    const url = 'https://mended.example/hooks';
    await rowsOf(database.knex, tenantId, 'webhook_endpoints').update({ url });
    const taken = await take(row);
    expect(taken.url).toBe(url);
    await delivered(taken);
    expect((await read(row)).url).toBe(url);
  });
});

describe('what a message is signed with', () => {
  test('is an endpoint’s secret, and the one before while both hold', async () => {
    const endpoint = await anEndpoint(database, tenantId);
    const old = noteSecret(newWebhookSecret());
    const until = new Date(START + 1_000);
    await rowsOf(database.knex, tenantId, 'webhook_endpoints').update({ old_secret: old, old_secret_until: until });
    const row = await message(endpoint);
    expect((await take(row)).secrets).toEqual([endpoint.secret, old]);
    later(1_000);
    expect((await take(row)).secrets).toEqual([endpoint.secret]);
  });

  test('is the tenant’s secret where the creation names the address: made when it is first needed', async () => {
    const row = await message(null);
    const { secrets, endpointId } = await take(row);
    const { secret } = await ensureWebhookSecret(database.knex, tenantId);
    expect([endpointId, secrets]).toEqual([null, [secret]]);
    const rotated = await rotateWebhookSecret(database.knex, tenantId, now, 1_000);
    expect((await take(row)).secrets).toEqual([rotated.secret, secret]);
    later(1_000);
    expect((await take(row)).secrets).toEqual([rotated.secret]);
  });
});

describe('an endpoint', () => {
  test('is disabled when everything has failed for five days, and says since when and how', async () => {
    const endpoint = await anEndpoint(database, tenantId);
    const first = await message(endpoint);
    await retried(await take(first), now);
    const since = now;
    expect(await endpointNow(endpoint)).toMatchObject({ status: 'enabled', failing_since: since });
    later(5 * DAY_MS - 1);
    await retried(await take(first), now);
    expect(await endpointNow(endpoint)).toMatchObject({ status: 'enabled', failing_since: since });
    const waiting = await message(endpoint);
    later(1);
    await retried(await take(first), now);
    const disabled = await endpointNow(endpoint);
    expect(disabled).toMatchObject({ status: 'disabled', failing_since: since, disabled_at: now });
    expect(disabled.disabled_reason).toContain(since.toISOString());
    expect(disabled.last_failure).toContain('HTTP 500');
    // What waits for it ends without a try when its time comes, and its owner can ask for it again.
    expect(await ledger.take(tenantId, waiting.id)).toEqual({ kind: 'over' });
    expect(await read(waiting)).toMatchObject({
      status: 'failed',
      attempts: 0,
      finished_at: now,
      next_attempt_at: null,
    });
    await waitingCreation(database, tenantId, { now }).then(creation => cancelCreation(database, creation, now));
    expect(await deliveryRows(database, tenantId)).toHaveLength(2);
  });

  test('that takes one message in between has its five days anew', async () => {
    const endpoint = await anEndpoint(database, tenantId);
    const [first, second] = [await message(endpoint), await message(endpoint)];
    await retried(await take(first), now);
    later(4 * DAY_MS);
    await delivered(await take(second));
    expect(await endpointNow(endpoint)).toMatchObject({ failing_since: null });
    later(2 * DAY_MS);
    await retried(await take(first), now);
    expect(await endpointNow(endpoint)).toMatchObject({ status: 'enabled', failing_since: now });
  });

  test('that says 410 is disabled at once', async () => {
    const endpoint = await anEndpoint(database, tenantId);
    const row = await message(endpoint);
    const gone = { at: now, ms: 5, outcome: 'gone', statusCode: 410, detail: null } as const;
    await ledger.conclude(await take(row), gone, { kind: 'gone' });
    expect(await read(row)).toMatchObject({ status: 'failed' });
    expect(await endpointNow(endpoint)).toMatchObject({
      status: 'disabled',
      disabled_reason: expect.stringContaining('410'),
    });
  });

  test('that was deleted is sent nothing any more', async () => {
    const row = await message(await anEndpoint(database, tenantId));
    await rowsOf(database.knex, tenantId, 'webhook_endpoints').delete();
    expect(await ledger.take(tenantId, row.id)).toEqual({ kind: 'over' });
    expect(await read(row)).toMatchObject({ status: 'failed', attempts: 0 });
  });
});

test('another tenant’s delivery is unknown', async () => {
  const row = await message(await anEndpoint(database, tenantId));
  const stranger = (await newTenant(database)).tenantId;
  expect(await ledger.take(stranger, row.id)).toEqual({ kind: 'over' });
  expect((await read(row)).status).toBe('pending');
});
