import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import { newDeliveryId, newWebhookSecret, type TakenDelivery } from '@roleforge/domain';
import { type Egress, openEgress } from '@roleforge/egress';
import { noteSecret, startWebhookReceiver, type WebhookReceiver } from '@roleforge/testkit';
import { Webhook } from 'standardwebhooks';
import { createSender } from './index.ts';

const secret = newWebhookSecret();
const old = noteSecret(newWebhookSecret());
const never = new AbortController().signal;
let receiver: WebhookReceiver;
let egress: Egress;
beforeEach(async () => {
  receiver = await startWebhookReceiver({ secret });
  egress = openEgress({ targets: 'any' });
});
afterEach(async () => {
  await egress.close();
  await receiver.close();
});

const delivery = (given: Partial<TakenDelivery> = {}): TakenDelivery => ({
  tenantId: 'tenant_01jd8z0m3x5v7w9y1b3d5f7h9k' as TenantId,
  id: newDeliveryId(Date.now()),
  epoch: 1,
  endpointId: null,
  url: receiver.url,
  body: '{"type":"role_creation.succeeded","data":{"metadata":{"茶":"🍵 \\u2028"}}}',
  secrets: [secret],
  tries: 1,
  traceparent: null,
  ...given,
});
const send = createSender({ post: (...post) => egress.post(...post) }, () => new Date());

test('what is sent can be checked with the library of Standard Webhooks, and arrives byte for byte', async () => {
  const given = delivery();
  expect(await send(given, never)).toMatchObject({ outcome: 'delivered', statusCode: 204, retryAfterMs: null });
  const { body, headers, verified } = await receiver.next();
  expect(body).toBe(given.body);
  expect(verified).toBe(true);
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(given.body));
  expect(headers).toMatchObject({ 'webhook-id': given.id, 'content-type': 'application/json' });
  expect(headers['user-agent']).toMatch(/^RoleForge/);
});

test('while a secret rotates, what is sent can be checked with either', async () => {
  await send(delivery({ secrets: [secret, old] }), never);
  const { body, headers } = await receiver.next();
  for (const one of [secret, old]) new Webhook(one).verify(body, headers as Record<string, string>);
  expect(() => new Webhook(newWebhookSecret()).verify(body, headers as Record<string, string>)).toThrow();
});

test('each try has its own time, and is signed with it', async () => {
  let now = Date.now();
  const later = createSender(egress, () => new Date(now));
  const given = delivery();
  await later(given, never);
  now += 60_000;
  await later(given, never);
  const [first, second] = receiver.received;
  expect(Number(second?.timestamp) - Number(first?.timestamp)).toBe(60);
  expect([first?.verified, second?.verified]).toEqual([true, true]);
  expect(second?.id).toBe(first?.id);
});

test('the receiver is told which trace the message belongs to, if it belongs to one', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  await send(delivery({ traceparent }), never);
  await send(delivery(), never);
  expect(receiver.received.map(({ headers }) => headers.traceparent)).toEqual([traceparent, undefined]);
  expect(receiver.received.map(({ verified }) => verified)).toEqual([true, true]);
});

test('a redirect is not followed, and counts as one', async () => {
  receiver.answerWith([{ status: 302, headers: { location: receiver.url } }]);
  expect(await send(delivery(), never)).toMatchObject({ outcome: 'redirected', statusCode: 302 });
  expect(receiver.received).toHaveLength(1);
});

test('a receiver that asks for time is heard', async () => {
  receiver.answerWith([{ status: 429, headers: { 'retry-after': '17' } }]);
  expect(await send(delivery(), never)).toMatchObject({ outcome: 'refused', statusCode: 429, retryAfterMs: 17_000 });
});

test('nobody there is an outcome as well', async () => {
  const url = receiver.url;
  await receiver.close();
  expect(await send(delivery({ url }), never)).toMatchObject({ outcome: 'unreachable', statusCode: null });
  receiver = await startWebhookReceiver();
});

test('one that hangs is let go of when this is asked to stop', async () => {
  receiver.hang();
  const stop = new AbortController();
  const sent = send(delivery(), stop.signal);
  await receiver.next();
  stop.abort('stopping');
  await expect(sent).rejects.toBe('stopping');
});
