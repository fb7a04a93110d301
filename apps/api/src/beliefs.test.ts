import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Beliefs, createBeliefs } from './beliefs.ts';

type Answer = { of: string; endsAt?: Date };
type Asked = { question: string; answer(answer: Answer | null): void; fail(error: Error): void };

let now: number;
let asked: Asked[];
let find: Beliefs<string, Answer>;
beforeEach(() => {
  now = 1_000_000;
  asked = [];
  find = createBeliefs<string, Answer>({
    ask: question =>
      new Promise((resolve, reject) => asked.push({ question, answer: resolve, fail: error => reject(error) })),
    endOf: answer => answer.endsAt,
    clock: () => new Date(now),
  });
});

/** Asks, and has it answered. */
async function findAnswered(name: string, answer: Answer | null): Promise<Answer | null> {
  const found = find(name, name);
  asked.at(-1)?.answer(answer);
  return found;
}

describe('an answer', () => {
  test('is believed for a second from the question on, and asked for anew after that', async () => {
    const found = find('a', 'a');
    now += 400;
    asked[0]?.answer({ of: 'a' });
    await found;
    now += 599;
    expect(await find('a', 'a')).toEqual({ of: 'a' });
    expect(asked).toHaveLength(1);
    now += 1;
    expect(await findAnswered('a', null)).toBeNull();
    expect(asked).toHaveLength(2);
  });

  test('is believed no longer than it holds by itself', async () => {
    await findAnswered('a', { of: 'a', endsAt: new Date(now + 300) });
    now += 299;
    await find('a', 'a');
    expect(asked).toHaveLength(1);
    now += 1;
    expect(await findAnswered('a', null)).toBeNull();
  });

  test('that there is nothing is believed as well', async () => {
    await findAnswered('a', null);
    now += 999;
    expect(await find('a', 'a')).toBeNull();
    expect(asked).toHaveLength(1);
    now += 1;
    expect(await findAnswered('a', { of: 'a' })).toEqual({ of: 'a' });
    expect(await find('a', 'a')).toEqual({ of: 'a' });
  });

  test('is not made to last by a clock that is set back', async () => {
    await findAnswered('a', { of: 'a' });
    now -= 3_600_000;
    expect(await findAnswered('a', null)).toBeNull();
  });
});

describe('questions', () => {
  test('of the same name at the same time are one', async () => {
    await findAnswered('a', { of: 'a' });
    now += 1_000;
    const found = Array.from({ length: 500 }, () => find('a', 'a'));
    expect(asked).toHaveLength(2);
    asked[1]?.answer({ of: 'a' });
    expect(new Set(await Promise.all(found)).size).toBe(1);
  });

  test('that fail do so for all who asked, and are asked again by the next', async () => {
    const found = [find('a', 'a'), find('a', 'a')];
    asked[0]?.fail(new Error('away'));
    for (const each of await Promise.allSettled(found)) expect(each.status).toBe('rejected');
    expect(await findAnswered('a', { of: 'a' })).toEqual({ of: 'a' });
  });

  test('that lead to nothing do not push out what was found, however many they are', async () => {
    await findAnswered('good', { of: 'good' });
    for (let n = 0; n < 12_000; n += 1) await findAnswered(`bad ${n}`, null);
    expect(await find('good', 'good')).toEqual({ of: 'good' });
    expect(asked).toHaveLength(12_001);
  });
});
