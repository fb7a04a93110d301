import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebhookBody, type WebhookDelivery, type WebhookEndpointWithSecret } from '@roleforge/contracts';
import { noteSecret, startWebhookReceiver, type WebhookReceiver } from '@roleforge/testkit';
import { beginJourney, callerOf, type Journey, until } from './journey.fixture.ts';

let journey: Journey;
const receivers: WebhookReceiver[] = [];
beforeEach(async () => {
  journey = await beginJourney();
  await journey.startWorker();
});
afterEach(async () => {
  await journey.close();
  await Promise.all(receivers.splice(0).map(receiver => receiver.close()));
});

const call = <T>(method: string, path: string, body?: object) => callerOf(journey).call<T>(method, path, body);

async function receiverFor(secret: string): Promise<WebhookReceiver> {
  const receiver = await startWebhookReceiver({ secret });
  receivers.push(receiver);
  return receiver;
}

/** An endpoint, and the receiver that stands there and knows its secret. */
async function anEndpoint() {
  const made = { url: 'http://127.0.0.1:9/' };
  const { id, secret } = await call<WebhookEndpointWithSecret>('POST', '/v1/webhook-endpoints', made);
  const receiver = await receiverFor(secret);
  const path = `/v1/webhook-endpoints/${id}`;
  await call('PATCH', path, { url: receiver.url });
  const delivery = (id: string) => call<WebhookDelivery>('GET', `${path}/deliveries/${id}`);
  return { path, receiver, delivery };
}

describe('webhooks, from a creation’s end to the tenant’s own system', () => {
  test('the end of a creation goes to the endpoints and to the address that it names, each with its signature', async () => {
    const { receiver, delivery } = await anEndpoint();
    const own = await receiverFor((await call<{ secret: string }>('GET', '/v1/webhook-secret')).secret);
    const creation = await journey.submit('tea-shop', { webhook: { url: own.url }, metadata: { orderNo: 'A-17' } });
    for (const one of [await receiver.next(), await own.next()]) {
      expect(one.verified).toBe(true);
      expect(WebhookBody.parse(JSON.parse(one.body))).toMatchObject({
        type: 'role_creation.succeeded',
        data: { id: creation.id, status: 'succeeded', roleVersion: 1, metadata: { orderNo: 'A-17' } },
      });
    }
    const id = receiver.received[0]?.id ?? '';
    await until(async () => (await delivery(id)).status === 'delivered');
    expect((await delivery(id)).attempts).toMatchObject([{ number: 1, outcome: 'delivered', statusCode: 204 }]);
    const { items } = await call<{ items: WebhookDelivery[] }>('GET', creation.links.deliveries ?? '');
    expect(items.map(item => item.id).toSorted()).toEqual([id, own.received[0]?.id].toSorted());
  }, 60_000);

  test('what was not taken is sent again when it is asked for, under its id, with both secrets while they overlap', async () => {
    const { path, receiver, delivery } = await anEndpoint();
    receiver.answerWith([{ status: 503, headers: { 'retry-after': '3600' } }]);
    const { id } = await call<WebhookDelivery>('POST', `${path}/test`);
    expect(await receiver.next()).toMatchObject({ id, verified: true });
    await until(async () => (await delivery(id)).attempts.length === 1);
    expect(await delivery(id)).toMatchObject({
      status: 'pending',
      attempts: [{ outcome: 'refused', statusCode: 503 }],
    });

    const rotated = await call<WebhookEndpointWithSecret>('POST', `${path}/rotate-secret`, { overlapSeconds: 3_600 });
    noteSecret(rotated.secret);
    receiver.answerWith([200]);
    await call('POST', `${path}/deliveries/${id}/redeliver`);
    const again = await receiver.next();
    expect(again).toMatchObject({ id, verified: true });
    expect(String(again.headers['webhook-signature']).split(' ')).toHaveLength(2);
    await until(async () => (await delivery(id)).status === 'delivered');
    expect((await delivery(id)).attempts.map(({ number, statusCode }) => [number, statusCode])).toEqual([
      [1, 503],
      [2, 200],
    ]);

    const since = new Date(Date.now() - 3_600_000);
    const sent = await call('POST', `${path}/redeliver`, { since, status: 'delivered' });
    expect(sent).toEqual({ matched: 1, nextCursor: null });
    expect(await receiver.next()).toMatchObject({ id });
  }, 60_000);
});
