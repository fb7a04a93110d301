import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemKey } from './keys.ts';
import { type Bench, openBench } from './queue.fixture.ts';
import type { RedisConnection } from './redis-connection.ts';
import { createSystemBoard, type SystemBoard } from './system-board.ts';

let bench: Bench;
let redis: RedisConnection;
let board: SystemBoard;
beforeEach(async () => {
  bench = openBench();
  redis = await bench.redis();
  board = createSystemBoard(redis, bench.prefix);
});
afterEach(() => bench.close());

const seen = { status: '{"all":"well"}', incidents: '{"open":[],"past":[]}' };

describe('the lease to look at the system for all', () => {
  test('is had by one of two, who keeps it as long as it asks again', async () => {
    expect([(await board.claim('a')).holder, (await board.claim('b')).holder]).toEqual([true, false]);
    await redis.pexpire(systemKey(bench.prefix, 'lease'), 500);
    expect((await board.claim('a')).holder).toBe(true);
    expect(await redis.pttl(systemKey(bench.prefix, 'lease'))).toBeGreaterThan(3_000);
    expect((await board.claim('b')).holder).toBe(false);
  });

  test('goes over to another when its holder is gone, and not before it has run out', async () => {
    await board.claim('a');
    expect(await redis.pttl(systemKey(bench.prefix, 'lease'))).toBeGreaterThan(0);
    // As Redis does it when the time is over.
    await redis.del(systemKey(bench.prefix, 'lease'));
    expect([(await board.claim('b')).holder, (await board.claim('a')).holder]).toEqual([true, false]);
  });

  test('is given up by its holder alone', async () => {
    await board.claim('a');
    await board.release('b');
    expect((await board.claim('b')).holder).toBe(false);
    await board.release('a');
    expect((await board.claim('b')).holder).toBe(true);
  });
});

describe('what was seen', () => {
  test('is there for all, and how old it is', async () => {
    expect(await board.claim('a')).toEqual({ holder: true, status: null, incidents: null });
    expect(await board.publish('a', seen)).toBe(true);
    const { holder, status, incidents } = await board.claim('b');
    expect([holder, status?.text, incidents]).toEqual([false, seen.status, seen.incidents]);
    expect(status?.ageMs).toBeGreaterThanOrEqual(0);
  });

  test('is not published by one that lost the lease meanwhile', async () => {
    await board.claim('a');
    await redis.set(systemKey(bench.prefix, 'lease'), 'b');
    expect(await board.publish('a', seen)).toBe(false);
    expect((await board.claim('b')).status).toBeNull();
  });
});
