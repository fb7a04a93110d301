import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startWebhookReceiver, type WebhookReceiver } from '@roleforge/testkit';
import { beginJourney, type Journey } from './journey.fixture.ts';

let journey: Journey;
let receiver: WebhookReceiver;
beforeEach(async () => {
  [journey, receiver] = await Promise.all([beginJourney(), startWebhookReceiver()]);
});
afterEach(async () => {
  await journey.close();
  await receiver.close();
});

test('a worker that is gone by SIGKILL in the middle of a delivery: another makes it, under the same id', async () => {
  receiver.hang();
  const first = await journey.startWorker();
  const creation = await journey.submit('tea-shop', { webhook: { url: receiver.url } });
  const sent = await receiver.next();
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  receiver.answerWith([204]);
  await journey.startWorker();
  const again = await receiver.next();
  expect([again.id, again.body]).toEqual([sent.id, sent.body]);
  expect(JSON.parse(again.body)).toMatchObject({ type: 'role_creation.succeeded', data: { id: creation.id } });
}, 60_000);
