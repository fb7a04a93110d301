import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HOSTILE_ANSWERS, openHostileTrial } from './hostile-answers.fixture.ts';

let trial: Awaited<ReturnType<typeof openHostileTrial>>;
beforeAll(async () => {
  trial = await openHostileTrial();
});
afterAll(() => trial.close());

test.each(HOSTILE_ANSWERS('').map(({ name }) => name))('a receiver that %s does no harm', async name => {
  const each = trial.answers.find(answer => answer.name === name);
  if (each === undefined) throw new Error(name);
  expect(await trial.attempt(each)).toMatchObject({ outcome: expect.anything(), withstood: true });
});
