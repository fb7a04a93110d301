import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { LogLevel, LogLevelOrder } from '@roleforge/contracts';
import { followLogLevel } from './follow-log-level.ts';

let applied: (LogLevel | null)[];
let read: () => Promise<LogLevelOrder | null>;
let following: { stop(): void };
beforeEach(() => {
  jest.useFakeTimers();
  applied = [];
  read = async () => null;
  following = followLogLevel({
    levels: { read: () => read() },
    service: 'worker',
    apply: level => void applied.push(level),
  });
});
afterEach(() => {
  following.stop();
  jest.useRealTimers();
});

const order = (level: LogLevel, forMs: number): LogLevelOrder => ({
  level,
  until: new Date(Date.now() + forMs).toISOString(),
});
const aSecond = () => jest.advanceTimersByTimeAsync(1_000);

describe('one who follows the level of its service', () => {
  test('hears of a change within a second, once, and of its end', async () => {
    await aSecond();
    expect(applied).toEqual([]);
    read = async () => order('debug', 60_000);
    await aSecond();
    await aSecond();
    expect(applied).toEqual(['debug']);
    read = async () => null;
    await aSecond();
    expect(applied).toEqual(['debug', null]);
  });

  test('keeps to what it heard last while nobody answers, and no longer than it was to hold', async () => {
    const last = order('debug', 3_000);
    read = async () => last;
    await aSecond();
    read = () => Promise.reject(new Error('Redis is away.'));
    await aSecond();
    expect(applied).toEqual(['debug']);
    await aSecond();
    await aSecond();
    expect(applied).toEqual(['debug', null]);
  });

  test('hears nothing after it has stopped', async () => {
    following.stop();
    read = async () => order('debug', 60_000);
    await aSecond();
    expect(applied).toEqual([]);
  });
});
