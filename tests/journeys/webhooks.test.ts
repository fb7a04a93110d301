import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MOST_AT_ONE_RECEIVER } from '@roleforge/queue';
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

test('a worker that is gone by SIGKILL in the middle of deliveries: another makes them, under the same ids, and those behind them', async () => {
  receiver.hang();
  const first = await journey.startWorker();
  const creations = [];
  for (let n = 0; n < MOST_AT_ONE_RECEIVER + 2; n += 1)
    creations.push(await journey.submit('tea-shop', { webhook: { url: receiver.url } }));
  for (const creation of creations) await journey.ended(creation);
  const sent = [];
  for (let n = 0; n < MOST_AT_ONE_RECEIVER; n += 1) sent.push(await receiver.next());
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  receiver.answerWith([204]);
  await journey.startWorker();
  const told = [];
  for (const _ of creations) told.push(await receiver.next());
  const bodies = new Map(told.map(({ id, body }) => [id, body]));
  for (const { id, body } of sent) expect(bodies.get(id)).toBe(body);
  const ended = [...bodies.values()].map(body => JSON.parse(body).data.id);
  expect(ended.toSorted()).toEqual(creations.map(({ id }) => id).toSorted());
}, 60_000);
