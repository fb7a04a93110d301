import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import { createDeliveryLedger, openDatabase } from '@roleforge/db';
import { MOST_TRIES, StoreUnavailable } from '@roleforge/domain';
import { type Egress, openEgress } from '@roleforge/egress';
import { silentLogger } from '@roleforge/telemetry';
import { newTenant, startWebhookReceiver, testServers, type WebhookReceiver } from '@roleforge/testkit';
import { createSender } from '@roleforge/webhooks';
import { createDeliveryHandler, type DeliveryNeeds } from './deliver-webhook.ts';
import { unobserved } from './observer.ts';
import { deliveriesOf, endedUnheard } from './webhooks.fixture.ts';

const START = Date.parse('2031-05-05T12:00:00.000Z');
const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());
let now: Date;
let tenantId: TenantId;
let receiver: WebhookReceiver;
let egress: Egress;
beforeEach(async () => {
  now = new Date(START);
  ({ tenantId } = await newTenant(database));
  receiver = await startWebhookReceiver();
  egress = openEgress({ targets: 'any' });
});
afterEach(async () => {
  await egress.close();
  await receiver.close();
});
const clock = () => now;
const after = (ms: number) => new Date(now.getTime() + ms);
const never = new AbortController().signal;
const ledger = createDeliveryLedger(database, clock);

async function message() {
  await endedUnheard(database, tenantId, receiver.url, now);
  const [one] = await deliveriesOf(database, tenantId);
  if (one === undefined) throw new Error('There is no message.');
  return { tenantId, deliveryId: one.id };
}
const handler = (given: Partial<DeliveryNeeds> = {}) =>
  createDeliveryHandler({
    ledger,
    send: createSender(egress, clock),
    observer: unobserved,
    log: silentLogger,
    // In the middle of the jitter.
    random: () => 0.5,
    clock,
    ...given,
  });
const state = async () => (await deliveriesOf(database, tenantId))[0];

describe('a delivery', () => {
  test('that is taken is done', async () => {
    const job = await message();
    expect(await handler()(job, never)).toEqual({ kind: 'done' });
    expect(await state()).toMatchObject({ status: 'delivered', attempts: 1 });
    expect(await handler()(job, never)).toEqual({ kind: 'done' });
    expect(receiver.received).toHaveLength(1);
  });

  test('that is never taken is tried ten times under one id, at its times, and then given up', async () => {
    const job = await message();
    receiver.answerWith([500]);
    const waits: number[] = [];
    for (let tries = 1; ; tries += 1) {
      const outcome = await handler()(job, never);
      if (outcome.kind !== 'delay') {
        expect([tries, outcome]).toEqual([MOST_TRIES, { kind: 'done' }]);
        break;
      }
      expect(await state()).toMatchObject({ status: 'pending', attempts: tries, next_attempt_at: outcome.at });
      waits.push((outcome.at.getTime() - now.getTime()) / 1_000);
      now = outcome.at;
    }
    const hours = [2, 5, 10, 14, 20, 24].map(n => n * 3_600);
    expect(waits).toEqual([5, 300, 1_800, ...hours]);
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set([job.deliveryId]));
    expect(new Set(receiver.received.map(({ timestamp }) => timestamp)).size).toBe(MOST_TRIES);
    expect(await state()).toMatchObject({ status: 'failed', attempts: MOST_TRIES });
  });

  test('waits as long as the receiver asks', async () => {
    const job = await message();
    receiver.answerWith([{ status: 503, headers: { 'retry-after': '600' } }]);
    expect(await handler()(job, never)).toEqual({ kind: 'delay', at: after(600_000) });
    expect(await handler()(job, never)).toEqual({ kind: 'delay', at: after(600_000) });
    expect(receiver.received).toHaveLength(1);
  });

  test('is given up at once where nobody wants it any more', async () => {
    const job = await message();
    receiver.answerWith([410]);
    expect(await handler()(job, never)).toEqual({ kind: 'done' });
    expect(await state()).toMatchObject({ status: 'failed', attempts: 1 });
  });

  test('that was sent while another worker took it over is looked at again, and sent twice under one id', async () => {
    const job = await message();
    const meeting: DeliveryNeeds['ledger'] = {
      ...ledger,
      conclude: async (...given) => {
        await ledger.take(job.tenantId, job.deliveryId);
        return ledger.conclude(...given);
      },
    };
    expect(await handler({ ledger: meeting })(job, never)).toEqual({ kind: 'delay', at: after(1_000) });
    expect(await handler()(job, never)).toEqual({ kind: 'done' });
    expect(receiver.received.map(({ id }) => id)).toEqual([job.deliveryId, job.deliveryId]);
    expect(await state()).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  test.each([
    ['stopping', 'giveBack'],
    ['lock_lost', 'drop'],
  ] as const)('whose worker is told %s is not noted (%s)', async (reason, kind) => {
    const job = await message();
    receiver.hang();
    const stop = new AbortController();
    const outcome = handler()(job, stop.signal);
    await receiver.next();
    stop.abort(reason);
    expect(await outcome).toEqual({ kind });
    expect(await state()).toMatchObject({ status: 'pending', attempts: 0 });
  });

  test('is put off while MySQL is away, and sent again', async () => {
    const job = await message();
    let away = true;
    const unsteady: DeliveryNeeds['ledger'] = {
      ...ledger,
      conclude: async (...given) => {
        if (away) throw new StoreUnavailable('MySQL does not answer.');
        return ledger.conclude(...given);
      },
    };
    const handle = handler({ ledger: unsteady });
    expect(await handle(job, never)).toEqual({ kind: 'delay', at: after(2_000) });
    away = false;
    expect(await handle(job, never)).toEqual({ kind: 'done' });
    expect(receiver.received).toHaveLength(2);
  });
});
