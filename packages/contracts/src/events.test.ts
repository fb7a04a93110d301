import { describe, expect, test } from '@jest/globals';
import { CreationEvent, EventListQuery } from './events.ts';
import { pathsRefused } from './refused-paths.fixture.ts';

const PROGRESS = {
  id: 7,
  type: 'role_creation.progress',
  creationId: 'rc_01jd8z0m3x5v7w9y1b3d5f7h9k',
  at: '2027-01-01T08:00:00.000Z',
  data: { step: 'writing', percent: 40, detail: 'The model is writing.' },
};

describe('an event', () => {
  test('of progress names the step and how far it has come', () => {
    expect(CreationEvent.parse(PROGRESS)).toEqual(PROGRESS);
  });

  test.each([
    ['/id', { id: 0 }],
    ['/type', { type: 'role_creation.exploded' }],
    ['/creationId', { creationId: 'rc_1' }],
    ['/at', { at: 'now' }],
    ['/data/percent', { data: { ...PROGRESS.data, percent: 101 } }],
    ['/data/step', { data: { ...PROGRESS.data, step: 'thinking' } }],
  ])('is refused at %s', (path, changes) => {
    expect(pathsRefused(CreationEvent, { ...PROGRESS, ...changes })).toEqual([path]);
  });

  test('of an end carries the whole creation', () => {
    const bare = { ...PROGRESS, type: 'role_creation.succeeded', data: { status: 'succeeded' } };
    expect(pathsRefused(CreationEvent, bare)).toContain('/data/links');
  });
});

test('events may be asked for after a number', () => {
  expect(EventListQuery.parse({ after: '7' })).toEqual({ after: 7, limit: 100 });
  expect(EventListQuery.parse({ limit: '1000' })).toEqual({ limit: 1_000 });
  for (const limit of ['0', '1001', 'x']) expect(pathsRefused(EventListQuery, { limit })).toEqual(['/limit']);
  for (const after of ['-1', '1.5', 'x']) expect(pathsRefused(EventListQuery, { after })).toEqual(['/after']);
});
