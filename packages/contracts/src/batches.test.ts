import { describe, expect, test } from '@jest/globals';
import { BatchItemResult, SubmitBatch } from './batches.ts';
import { pathsRefused } from './refused-paths.fixture.ts';

const items = (count: number) => Array.from({ length: count }, (_, index) => ({ taskId: `task-${index}` }));

describe('a batch', () => {
  test('holds 1 to 1,000 items', () => {
    expect(pathsRefused(SubmitBatch, { items: items(1) })).toEqual([]);
    expect(pathsRefused(SubmitBatch, { items: items(1_000) })).toEqual([]);
    expect(pathsRefused(SubmitBatch, { items: [] })).toEqual(['/items']);
    expect(pathsRefused(SubmitBatch, { items: items(1_001) })).toEqual(['/items']);
  });

  test.each([
    ['nothing', {}, ['/items']],
    ['items that are no list', { items: { 0: { taskId: 'a' } } }, ['/items']],
    ['null', null, ['/']],
    ['a list', items(2), ['/']],
    ['an unknown field', { items: items(1), atomic: true }, ['/atomic']],
  ])('is refused as %s', (_, body, paths) => {
    expect(pathsRefused(SubmitBatch, body)).toEqual(paths);
  });

  test('is not refused for its items, which are judged one by one, and leaves them as they are', () => {
    const odd = [null, 7, 'text', [], { taskId: '' }, { taskId: 'a', colour: 'red' }];
    expect(SubmitBatch.parse({ items: odd })).toEqual({ items: odd });
  });
});

describe('the result of an item', () => {
  const problem = {
    type: 'urn:roleforge:problem:invalid_body',
    title: 'The request body is not valid',
    status: 400,
    detail: 'The item does not have the right shape.',
    instance: '/v1/role-creations/batch',
    code: 'invalid_body',
    requestId: 'r',
  };

  test('is a creation or a problem, by its status', () => {
    expect(pathsRefused(BatchItemResult, { index: 0, status: 400, problem })).toEqual([]);
    expect(pathsRefused(BatchItemResult, { index: 0, status: 422, problem })).toEqual([]);
    expect(pathsRefused(BatchItemResult, { index: 0, status: 202, problem })).toEqual(['/creation']);
    expect(pathsRefused(BatchItemResult, { index: 0, status: 503, problem })).toEqual(['/status']);
  });
});
