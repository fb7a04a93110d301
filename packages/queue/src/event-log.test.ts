import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newCreationId } from '@roleforge/domain';
import { createEventLog, isTerminalEvent, type NewEvent, numberByClock } from './index.ts';
import { eventLogKey } from './keys.ts';
import { type Bench, openBench } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const NOW = new Date('2031-05-05T12:00:00.456Z');
const progress = (percent: number): NewEvent => ({
  type: 'role_creation.progress',
  data: { step: 'writing', percent, detail: `茶 "${percent}" 😀` },
});

async function openLog() {
  const redis = await bench.redis();
  return { redis, log: createEventLog(redis, bench.prefix, () => NOW), id: newCreationId(NOW.getTime()) };
}

describe('the event log', () => {
  test('numbers rise from 2, and events are read as they were appended', async () => {
    const { log, id } = await openLog();
    expect(await log.append(id, { type: 'role_creation.running', data: { status: 'running' } })).toBe(2);
    expect(await log.append(id, progress(50))).toBe(3);
    expect(await log.read(id, 0)).toEqual([
      { id: 2, creationId: id, at: NOW.toISOString(), type: 'role_creation.running', data: { status: 'running' } },
      { id: 3, creationId: id, at: NOW.toISOString(), ...progress(50) },
    ]);
  });

  test('events appended at the same moment from several connections get numbers without gaps or doubles', async () => {
    const { log, id } = await openLog();
    const others = [await openLog(), await openLog()].map(other => other.log);
    const appends = [log, ...others].flatMap(one => Array.from({ length: 40 }, (_, n) => one.append(id, progress(n))));
    const numbers = (await Promise.all(appends)).toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 120 }, (_, index) => index + 2));
    expect((await log.read(id, 0)).map(event => event.id)).toEqual(numbers);
  });

  test('reading after a number leaves that one out; after the last there is nothing', async () => {
    const { log, id } = await openLog();
    for (let n = 0; n < 12; n += 1) await log.append(id, progress(n));
    expect((await log.read(id, 9)).map(event => event.id)).toEqual([10, 11, 12, 13]);
    expect(await log.read(id, 13)).toEqual([]);
    expect(await log.read(newCreationId(NOW.getTime()), 0)).toEqual([]);
  });

  test('each creation has numbers of its own', async () => {
    const { log, id } = await openLog();
    const other = newCreationId(NOW.getTime());
    await log.append(id, progress(1));
    expect(await log.append(other, progress(2))).toBe(2);
    expect(await log.read(other, 0)).toMatchObject([{ creationId: other, data: { percent: 2 } }]);
  });

  test('a log expires a week after its last event, and a day after the final one', async () => {
    const { redis, log, id } = await openLog();
    const timeToLive = () => redis.ttl(eventLogKey(bench.prefix, id));
    await log.append(id, progress(1));
    expect(Math.round((await timeToLive()) / 3_600)).toBe(7 * 24);
    await redis.expire(eventLogKey(bench.prefix, id), 60);
    await log.append(id, progress(2));
    expect(Math.round((await timeToLive()) / 3_600)).toBe(7 * 24);
    // What an event holds is checked where it is read.
    await log.append(id, { type: 'role_creation.failed', data: {} } as NewEvent);
    expect(Math.round((await timeToLive()) / 3_600)).toBe(24);
  });

  test('where a log that was there is gone, numbers go on by the clock, above all that were given', async () => {
    const { redis, log, id } = await openLog();
    expect(await log.append(id, progress(1))).toBe(2);
    expect(await log.append(id, progress(2), { continues: true })).toBe(3);
    await redis.del(eventLogKey(bench.prefix, id));
    const later = createEventLog(redis, bench.prefix, () => new Date(NOW.getTime() + 60_000));
    const number = await later.append(id, progress(3), { continues: true });
    expect(number).toBe(numberByClock(id, new Date(NOW.getTime() + 60_000)));
    expect(number).toBeGreaterThanOrEqual(60_000);
    expect(await later.append(id, progress(4), { continues: true })).toBe(number + 1);
    expect((await log.read(id, 3)).map(event => event.id)).toEqual([number, number + 1]);
  });

  test('the number by the clock is the same for all who tell of an end, and never one that was counted', () => {
    const id = newCreationId(NOW.getTime());
    expect(numberByClock(id, NOW)).toBeGreaterThanOrEqual(1_000);
    // A clock that is behind the one which accepted the creation.
    expect(numberByClock(id, new Date(NOW.getTime() - 5_000))).toBe(numberByClock(id, NOW));
    expect(numberByClock(id, new Date(NOW.getTime() + 1))).toBe(numberByClock(id, NOW) + 1);
  });

  test('the final events are those after which nothing more happens', () => {
    expect(isTerminalEvent('role_creation.succeeded')).toBe(true);
    expect(isTerminalEvent('role_creation.expired')).toBe(true);
    expect(isTerminalEvent('role_creation.running')).toBe(false);
    expect(isTerminalEvent('role_creation.held')).toBe(false);
  });
});
