import { beforeEach, expect, test } from '@jest/globals';
import type { ApiKeyId } from '@roleforge/contracts';
import { silentLogger } from '@roleforge/telemetry';
import { createKeyUse, type KeyUse } from './key-use.ts';

const [A, B] = ['key_a', 'key_b'] as ApiKeyId[] as [ApiKeyId, ApiKeyId];

let now: number;
let written: [readonly ApiKeyId[], Date][];
let failing: boolean;
let timers: (() => void)[];
let said: string[];
let use: KeyUse;
beforeEach(() => {
  now = 1_000_000;
  written = [];
  failing = false;
  timers = [];
  said = [];
  use = createKeyUse({
    async write(ids, at) {
      if (failing) throw new Error('MySQL is away');
      written.push([ids, at]);
    },
    log: {
      ...silentLogger,
      debug: message => void said.push(`debug ${message}`),
      warn: message => void said.push(`warn ${message}`),
    },
    clock: () => new Date(now),
    later(work) {
      timers.push(work);
      return () => {
        timers = timers.filter(timer => timer !== work);
      };
    },
  });
});

/** Lets the time come for what was put off, and what that begins be done. */
async function fire(): Promise<void> {
  for (const timer of timers.splice(0)) timer();
  await new Promise(resolve => setImmediate(resolve));
}

test('the uses of many keys are written together, each key once', async () => {
  for (let n = 0; n < 100; n += 1) {
    use.note(A);
    use.note(B);
  }
  expect(timers).toHaveLength(1);
  expect(written).toEqual([]);
  await fire();
  expect(written).toEqual([[[A, B], new Date(now)]]);
});

test('a key is written down once a minute, however often it is used', async () => {
  for (let second = 0; second <= 120; second += 1) {
    use.note(A);
    await fire();
    now += 1_000;
  }
  expect(written.map(([, at]) => at.getTime())).toEqual([1_000_000, 1_060_000, 1_120_000]);
});

test('what cannot be written is said quietly, and tried again at the next use', async () => {
  failing = true;
  use.note(A);
  await fire();
  expect(said).toEqual(['debug the last use of keys was not written down']);
  failing = false;
  use.note(A);
  await fire();
  expect(written).toEqual([[[A], new Date(now)]]);
});

test('at the stop what is left is written, and nothing is left open', async () => {
  use.note(A);
  await use.stop();
  expect(written).toEqual([[[A], new Date(now)]]);
  expect(timers).toEqual([]);
});

test('a stop while MySQL is away is a stop', async () => {
  failing = true;
  use.note(A);
  await expect(use.stop()).resolves.toBeUndefined();
});
