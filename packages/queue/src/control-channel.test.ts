import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import { newCreationId, newTenantId } from '@roleforge/domain';
import { newQueuePrefix } from '@roleforge/testkit';
import { closeRedis, listenForControl, openRedis, publishControl } from './index.ts';
import { controlChannel } from './keys.ts';
import { type Bench, happens, kill, openBench, type Told, told, until } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const anId = () => newCreationId(Date.now());

/** A listener that is heard of once it hears. */
async function listener(prefix = bench.prefix) {
  const [listening, asking] = [await bench.redis('listener'), await bench.redis()];
  const looks: Told<CreationId> = told<CreationId>();
  const before = await listeners(asking, prefix);
  listenForControl(listening, prefix, looks.tell);
  await until(async () => (await listeners(asking, prefix)) > before);
  return { looks, listening, asking };
}

async function listeners(redis: Awaited<ReturnType<Bench['redis']>>, prefix: string): Promise<number> {
  const [, count] = (await redis.pubsub('NUMSUB', controlChannel(prefix))) as [string, number];
  return count;
}

describe('control messages', () => {
  test('every worker is told to look at the creation, in the order of the messages', async () => {
    const [one, other] = [await listener(), await listener()];
    const ids = [anId(), anId(), anId()];
    for (const id of ids) await publishControl(one.asking, bench.prefix, id);
    for (const { looks } of [one, other])
      expect([await looks.next(), await looks.next(), await looks.next()]).toEqual(ids);
  });

  test('another deployment’s are not heard', async () => {
    const other = newQueuePrefix();
    const { looks, asking } = await listener();
    const id = anId();
    await publishControl(asking, other, anId());
    await publishControl(asking, bench.prefix, id);
    expect(await looks.next()).toBe(id);
  });

  test('what is no creation’s id is passed over', async () => {
    const { looks, asking } = await listener();
    const id = anId();
    for (const message of ['', 'rc_', `${id} `, '{}', newTenantId()])
      await asking.publish(controlChannel(bench.prefix), message);
    await publishControl(asking, bench.prefix, id);
    expect(await looks.next()).toBe(id);
  });

  test('a listener hears again after its connection was lost', async () => {
    const { looks, listening, asking } = await listener();
    const connection = await listening.client('ID');
    const back = happens(listening, 'ready');
    await kill(asking, [connection]);
    await back;
    await until(async () => (await listeners(asking, bench.prefix)) === 1);
    const id = anId();
    await publishControl(asking, bench.prefix, id);
    expect(await looks.next()).toBe(id);
  });

  test('one that cannot be sent is an error of the sender’s, at once', async () => {
    const way = await bench.wayToCut();
    const redis = openRedis(way.url, 'request');
    bench.afterwards(() => closeRedis(redis));
    await happens(redis, 'ready');
    const gone = happens(redis, 'close');
    way.cut();
    await gone;
    await expect(publishControl(redis, bench.prefix, anId())).rejects.toThrow();
  });
});
