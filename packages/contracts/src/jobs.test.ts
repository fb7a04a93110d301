import { describe, expect, test } from '@jest/globals';
import { JOBS } from './jobs.ts';
import { pathsRefused } from './refused-paths.fixture.ts';

const PAYLOAD = {
  version: 1,
  tenantId: 'tenant_01jd8z0m3x5v7w9y1b3d5f7h9k',
  requestId: 'req-1',
  traceparent: null,
};

describe('the payload of the job that makes a role', () => {
  const { data } = JOBS.createRole;

  test('says whose creation it is and which request it came from', () => {
    expect(data.parse(PAYLOAD)).toEqual(PAYLOAD);
    expect(pathsRefused(data, { ...PAYLOAD, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` })).toEqual([]);
  });

  test.each([
    ['/version', { version: 2 }],
    ['/version', { version: '1' }],
    ['/version', { version: undefined }],
    ['/tenantId', { tenantId: 'somebody' }],
    ['/requestId', { requestId: null }],
    ['/traceparent', { traceparent: undefined }],
    ['/sources', { sources: {} }],
  ])('is refused at %s', (path, changes) => {
    expect(pathsRefused(data, { ...PAYLOAD, ...changes })).toEqual([path]);
  });
});

test('the payload of the reconciling job holds its version alone', () => {
  const { data } = JOBS.reconcile;
  expect(data.parse({ version: 1 })).toEqual({ version: 1 });
  expect(pathsRefused(data, {})).toEqual(['/version']);
  expect(pathsRefused(data, PAYLOAD)).toHaveLength(3);
});

test('no two jobs share a name within a queue', () => {
  const places = Object.values(JOBS).map(({ queue, name }) => `${queue}/${name}`);
  expect(new Set(places).size).toBe(places.length);
});
