import { describe, expect, test } from '@jest/globals';
import { CreationListQuery, SubmitCreation } from './creations.ts';
import { pathsRefused } from './refused-paths.fixture.ts';

/** The full example of the wire. */
const EXAMPLE = {
  taskId: 'tea-shop',
  strategyId: 'default',
  priority: 'normal',
  runAt: '2027-01-01T08:00:00Z',
  deadlineSeconds: 600,
  metadata: { orderNo: 'A-17' },
  sources: { baseInfo: { name: '茶小满', locale: 'zh-CN' } },
  webhook: { url: 'https://example.com/hooks', events: ['role_creation.succeeded'] },
};

const refused = (changes: object) => pathsRefused(SubmitCreation, { ...EXAMPLE, ...changes });
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'v']));

describe('a submission', () => {
  test('may have everything', () => {
    expect(SubmitCreation.parse(EXAMPLE)).toEqual(EXAMPLE);
  });

  test('needs a task alone', () => {
    expect(SubmitCreation.parse({ taskId: 'tea-shop' })).toEqual({
      taskId: 'tea-shop',
      strategyId: 'default',
      priority: 'normal',
    });
    expect(pathsRefused(SubmitCreation, {})).toEqual(['/taskId']);
  });

  test.each([
    ['at the top', { colour: 'red' }, '/colour'],
    ['in the webhook', { webhook: { ...EXAMPLE.webhook, secret: 'x' } }, '/webhook/secret'],
    ['among the sources', { sources: { mood: {} } }, '/sources/mood'],
    ['in a source', { sources: { baseInfo: { name: 'a', locale: 'en', colour: 'red' } } }, '/sources/baseInfo/colour'],
    [
      'in an item of a source',
      { sources: { knowledge: { items: [{ title: 'a', content: 'b', colour: 'red' }] } } },
      '/sources/knowledge/items/0/colour',
    ],
  ])('is refused with an unknown field %s', (_, changes, path) => {
    expect(refused(changes)).toEqual([path]);
  });

  test.each([
    ['priority', ['asap', '', 1, null]],
    ['runAt', ['tomorrow', '2027-01-01', '2027-01-01T08:00:00', '2027-02-29T08:00:00Z', 1_800_000_000]],
    ['deadlineSeconds', [0, -1, 1.5, 604_801, '600', Number.NaN]],
    ['taskId', ['', 'tea shop', null]],
    ['strategyId', ['', 'a/b', null]],
  ])('is refused with a bad %s', (field, values) => {
    for (const value of values) expect(refused({ [field]: value })).toEqual([`/${field}`]);
  });

  test('is refused with a field named __proto__', () => {
    const body = JSON.parse('{"taskId": "tea-shop", "__proto__": {"priority": "urgent"}}');
    expect(pathsRefused(SubmitCreation, body)).toEqual(['/__proto__']);
  });

  test('may be due at any offset from UTC', () => {
    expect(refused({ runAt: '2027-01-01T08:00:00.250+08:00' })).toEqual([]);
  });

  test.each(['0000-01-01T00:00:00+01:00', '1969-12-31T23:59:59Z', '9999-01-01T00:00:00Z', '9999-12-31T23:59:59-01:00'])(
    'is not due in a year that the ledger cannot hold: %s',
    runAt => {
      expect(refused({ runAt })).toEqual(['/runAt']);
    },
  );
});

describe('metadata', () => {
  test('holds up to 20 values of 500 characters', () => {
    expect(refused({ metadata: { ...keys(19), long: 'v'.repeat(500), empty: '' } })).toEqual(['/metadata']);
    expect(refused({ metadata: { ...keys(19), long: 'v'.repeat(500) } })).toEqual([]);
    expect(refused({ metadata: {} })).toEqual([]);
  });

  test.each([
    ['21 keys', keys(21), '/metadata'],
    ['a value of 501 characters', { note: 'v'.repeat(501) }, '/metadata/note'],
    ['a number', { note: 1 }, '/metadata/note'],
    ['a nested object', { note: {} }, '/metadata/note'],
    ['an empty key', { '': 'v' }, '/metadata/'],
    ['a list', ['v'], '/metadata'],
    ['nothing', null, '/metadata'],
  ])('is refused with %s', (_, metadata, path) => {
    expect(refused({ metadata })).toEqual([path]);
  });

  test('is refused with a key of 65 characters', () => {
    expect(refused({ metadata: { ['k'.repeat(64)]: 'v' } })).toEqual([]);
    expect(refused({ metadata: { ['k'.repeat(65)]: 'v' } })).toHaveLength(1);
  });

  test('is refused with a key named __proto__', () => {
    const body = JSON.parse('{"taskId": "tea-shop", "metadata": {"__proto__": "polluted", "orderNo": "A-17"}}');
    expect(pathsRefused(SubmitCreation, body)).toEqual(['/metadata/__proto__']);
  });

  test('may have keys that every object inherits', () => {
    const metadata = { constructor: 'a', toString: 'b' };
    expect(SubmitCreation.parse({ taskId: 'a', metadata }).metadata).toEqual(metadata);
  });
});

describe('a webhook', () => {
  test.each(['ftp://example.com', 'javascript:alert(1)', 'example.com', '', `https://example.com/${'x'.repeat(2000)}`])(
    'is refused at %s',
    url => {
      expect(refused({ webhook: { url } })).toEqual(['/webhook/url']);
    },
  );

  test('is told of known events, at least one', () => {
    expect(refused({ webhook: { url: 'http://example.com', events: [] } })).toEqual(['/webhook/events']);
    expect(refused({ webhook: { url: 'http://example.com', events: ['role_creation.progress'] } })).toEqual([
      '/webhook/events/0',
    ]);
  });
});

describe('the query of the list', () => {
  test('has pages of 20, or as many as asked for up to 100', () => {
    expect(CreationListQuery.parse({})).toEqual({ limit: 20 });
    expect(CreationListQuery.parse({ limit: '100', status: 'failed' })).toEqual({ limit: 100, status: 'failed' });
  });

  test.each([
    ['limit', ['0', '101', '1.5', 'all', '-1']],
    ['status', ['done', '']],
    ['taskId', ['a b']],
    ['createdAfter', ['yesterday', '2027-01-01']],
    ['createdBefore', ['2027-13-01T00:00:00Z']],
    ['cursor', ['']],
    ['colour', ['red']],
  ])('is refused with a bad %s', (parameter, values) => {
    for (const value of values)
      expect(pathsRefused(CreationListQuery, { [parameter]: value })).toEqual([`/${parameter}`]);
  });
});
