import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationEvent, CreationId } from '@roleforge/contracts';
import { newCreationId } from '@roleforge/domain';
import { startTcpProxy, testServers } from '@roleforge/testkit';
import { closeRedis, createEventFeed, createEventLog, openRedis } from './index.ts';
import { eventChannel } from './keys.ts';
import { type Bench, kill, openBench, told } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const running = { type: 'role_creation.running', data: { status: 'running' } } as const;

async function openFeed(onError: (error: Error) => void = () => {}) {
  const listener = await bench.redis('listener');
  const connection = await listener.client('ID');
  const feed = createEventFeed(listener, bench.prefix, onError);
  await feed.ready();
  const redis = await bench.redis();
  const log = createEventLog(redis, bench.prefix);
  /** What is told is complete up to here once this has come through: messages keep their order. */
  const caughtUp = async (): Promise<void> => {
    const marker = newCreationId(Date.now());
    const seen = told<CreationEvent>();
    const stop = feed.listen(marker, seen.tell);
    await log.append(marker, running);
    await seen.next();
    stop();
  };
  return { listener, connection, feed, log, redis, caughtUp };
}

const aCreationId = (): CreationId => newCreationId(Date.now());

describe('the event feed', () => {
  test('a listener gets the events of its creation alone, as the log has them', async () => {
    const { feed, log, caughtUp } = await openFeed();
    const [mine, other] = [aCreationId(), aCreationId()];
    const events: CreationEvent[] = [];
    feed.listen(mine, event => events.push(event));
    await log.append(other, running);
    await log.append(mine, running);
    await log.append(other, running);
    await log.append(mine, { type: 'role_creation.section', data: { part: 'name', value: `"creationId":"${other}"` } });
    await caughtUp();
    expect(events.map(event => event.id)).toEqual([2, 3]);
    expect(events).toEqual(await log.read(mine, 0));
  });

  test('listeners of one creation each get its events, and none after they stopped', async () => {
    const { feed, log, caughtUp } = await openFeed();
    const id = aCreationId();
    const [left, right]: [number[], number[]] = [[], []];
    const stopLeft = feed.listen(id, event => left.push(event.id));
    const stopRight = feed.listen(id, event => right.push(event.id));
    await log.append(id, running);
    await caughtUp();
    stopLeft();
    await log.append(id, running);
    await caughtUp();
    stopRight();
    await log.append(id, running);
    await caughtUp();
    expect([left, right]).toEqual([[2], [2, 3]]);
  });

  test('to stop twice does no harm to whoever listens next', async () => {
    const { feed, log, caughtUp } = await openFeed();
    const id = aCreationId();
    const numbers: number[] = [];
    const stop = feed.listen(id, () => {});
    stop();
    feed.listen(id, event => numbers.push(event.id));
    stop();
    await log.append(id, running);
    await caughtUp();
    expect(numbers).toEqual([2]);
  });

  test('events appended under another prefix are not received', async () => {
    const { feed, redis, caughtUp } = await openFeed();
    const id = aCreationId();
    const events: CreationEvent[] = [];
    feed.listen(id, event => events.push(event));
    await createEventLog(redis, `${bench.prefix}-other`).append(id, running);
    await caughtUp();
    expect(events).toEqual([]);
  });

  test('a message that cannot be read is reported, and the feed goes on', async () => {
    const errors: Error[] = [];
    const { feed, log, redis, caughtUp } = await openFeed(error => errors.push(error));
    const id = aCreationId();
    const numbers: number[] = [];
    feed.listen(id, event => numbers.push(event.id));
    await redis.publish(eventChannel(bench.prefix), `2 {"type":"from.a.newer.release","creationId":"${id}"}`);
    await redis.publish(eventChannel(bench.prefix), `2 {"creationId":"${id}"`);
    await log.append(id, running);
    await caughtUp();
    expect(numbers).toEqual([2]);
    expect(errors).toHaveLength(2);
  });

  test('events come again after the server ended the connection', async () => {
    const { listener, connection, feed, log, redis } = await openFeed();
    const id = aCreationId();
    const seen = told<CreationEvent>();
    feed.listen(id, seen.tell);
    const back = once(listener, 'ready');
    await kill(redis, [connection]);
    await back;
    // Subscribed again by itself: the server says when.
    while ((await redis.pubsub('NUMSUB', eventChannel(bench.prefix)))[1] !== 1);
    await log.append(id, running);
    expect(await seen.next()).toMatchObject({ id: 2, creationId: id });
  });

  test('those who listen are told when the connection was away and is back, and from then on hear everything', async () => {
    const proxy = await startTcpProxy(testServers().redisUrl);
    bench.afterwards(proxy.close);
    const listener = openRedis(proxy.url, 'listener');
    bench.afterwards(() => closeRedis(listener));
    const feed = createEventFeed(listener, bench.prefix);
    await feed.ready();
    const log = createEventLog(await bench.redis(), bench.prefix);
    const id = aCreationId();
    const heard = told<number | 'missed'>();
    feed.listen(
      id,
      event => heard.tell(event.id),
      () => heard.tell('missed'),
    );
    const away = once(listener, 'close');
    proxy.cut();
    await away;
    await log.append(id, running);
    proxy.restore();
    expect(await heard.next()).toBe('missed');
    await log.append(id, running);
    expect(await heard.next()).toBe(3);
  });
});
