import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SubmitCreation } from '@roleforge/contracts';
import { likeIt } from './foreign-keys.ts';
import { badRequest } from './mutations.ts';
import type { Operation, Schema, ServiceDocument } from './operations.ts';
import { createRandom } from './random.ts';
import { kindsOf } from './redis-keys.ts';
import { validValue } from './valid-value.ts';

const submit: Operation = {
  id: 'submitCreation',
  method: 'POST',
  path: '/v1/things/{creationId}',
  parameters: [],
  body: SubmitCreation.toJSONSchema({ io: 'input' }) as Schema,
  statuses: new Set([202, 400]),
  streams: false,
  audience: 'tenant',
  scope: 'creations:write',
};
const schemas = (submit.body as { $defs?: Record<string, Schema> }).$defs ?? {};
const document: ServiceDocument = { operations: [submit], schemas, codes: new Set() };
const values = { creationId: ['rc_01jd8z0m3x5v7w9y1b3d5f7h9k'], taskId: ['a-task'] };

const requestsOf = (seed: number) => {
  const random = createRandom(seed);
  const surroundings = {
    document,
    keys: { tenant: 'a key', operator: 'the key', open: 'a key' },
    values: { tenant: values, operator: values, open: {} },
    webhookUrl: 'http://127.0.0.1/',
  };
  return Array.from({ length: 300 }, () => badRequest(submit, surroundings, random));
};

describe('bad requests', () => {
  test('are the same for the same seed, and others for another', () => {
    const told = (seed: number) => requestsOf(seed).map(({ body, ...rest }) => [hash('sha256', body ?? ''), rest]);
    const [one, again, other] = [told(7), told(7), told(8)];
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test('are each changed in one to three ways, and in all ways together', () => {
    const requests = requestsOf(7);
    for (const { done } of requests) expect([1, 2, 3]).toContain(done.length);
    expect(new Set(requests.flatMap(({ done }) => done)).size).toBeGreaterThan(15);
  });
});

test('a value made from a schema is one that it lets pass', () => {
  const schema = submit.body as Schema;
  const known = { taskId: 'a-task', strategyId: 'mine', url: 'https://example.com/hook' };
  expect(SubmitCreation.parse(validValue(schema, schemas, { known }))).toMatchObject({ taskId: 'a-task' });
});

test('an id that nobody has is of the same form; numbers of versions stay', () => {
  expect(likeIt('creationId', 'rc_01jd8z0m3x5v7w9y1b3d5f7h9k')).toMatch(/^rc_01jd8z0{20}$/);
  expect(likeIt('taskId', 'a-task')).toBe('not-a-task');
  expect(likeIt('version', '1')).toBe('1');
});

test('the keys that are known are those which the comment lists', () => {
  const kinds = kindsOf(readFileSync(join(import.meta.dirname, '../../packages/queue/src/keys.ts'), 'utf8'), 'p');
  const knows = (key: string) => kinds.some(({ form }) => form.test(key));
  expect(knows('p:events:{rc_01jd8z0m3x5v7w9y1b3d5f7h9k}')).toBe(true);
  expect(knows('{p:role-creation}:role-creation:wait')).toBe(true);
  expect(knows('p:events:{somebody}')).toBe(false);
  expect(knows('p:something-new')).toBe(false);
});
