import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BYPASS_CASES } from './bypass-cases.fixture.ts';
import { openBypassTrial } from './try-bypass.fixture.ts';

let trial: Awaited<ReturnType<typeof openBypassTrial>>;
beforeAll(async () => {
  trial = await openBypassTrial();
});
afterAll(() => trial.close());

test('there are more than sixty attempts, each of its own kind', () => {
  expect(new Set(BYPASS_CASES.map(({ name }) => name)).size).toBe(BYPASS_CASES.length);
  expect(new Set(BYPASS_CASES.map(({ url, dns }) => JSON.stringify([url, dns]))).size).toBe(BYPASS_CASES.length);
  expect(BYPASS_CASES.length).toBeGreaterThan(60);
});

test.each(BYPASS_CASES)('withstood: $name', async each => {
  expect(await trial.attempt(each)).toMatchObject({ withstood: true, reached: 0 });
});

test('the trial sees a connection that is begun', async () => {
  const each = BYPASS_CASES.find(({ dns }) => dns?.length === 2);
  if (each === undefined) throw new Error('no case is about names that change');
  expect(await trial.attempt(each)).toMatchObject({ lookups: 1, begun: 1 });
});
