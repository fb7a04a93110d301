import { expect, test } from '@jest/globals';
import type { TaskId, TenantId } from '@roleforge/contracts';
import { createForgetting } from './forget-copies.ts';

const source = ['tenant' as TenantId, 'task' as TaskId, 'knowledge'] as const;

function setUp() {
  const forgotten: unknown[] = [];
  const due: (() => void)[] = [];
  let cancelled = 0;
  const forgetting = createForgetting({
    invalidator: { forget: async (...given) => void forgotten.push(given) },
    behind: work => void work(),
    later: (work, ms) => {
      expect(ms).toBe(1_000);
      due.push(work);
      return () => {
        cancelled += 1;
      };
    },
  });
  return { forgotten, due, forgetting, cancelled: () => cancelled };
}

test('copies are ended at once, and again a second later', async () => {
  const { forgotten, due, forgetting, cancelled } = setUp();
  await forgetting.forget(...source);
  expect(forgotten).toEqual([source]);
  due[0]?.();
  expect(forgotten).toEqual([source, source]);
  await forgetting.stop();
  expect([forgotten.length, cancelled()]).toEqual([2, 0]);
});

test('what is outstanding at the stop is done then', async () => {
  const { forgotten, forgetting, cancelled } = setUp();
  await forgetting.forget(...source);
  await forgetting.stop();
  expect(forgotten).toEqual([source, source]);
  expect(cancelled()).toBe(1);
});
