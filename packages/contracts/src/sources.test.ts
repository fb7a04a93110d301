import { describe, expect, test } from '@jest/globals';
import { pathsRefused } from './refused-paths.fixture.ts';
import { BaseInfo, Knowledge, Products, SOURCE_KINDS, SOURCE_PATHS, SOURCE_SCHEMAS, TalkStyle } from './sources.ts';

const list = <T>(length: number, item: T) => Array.from({ length }, () => item);

const BASE = { name: '茶小满', locale: 'zh-CN' };
const STYLE = { tone: 'warm' };
const NOTE = { title: 'Brewing', content: 'Water at 80 °C.' };
const TEA = { name: 'Longjing' };

describe('base info', () => {
  test('may have every field of the contract', () => {
    const full = {
      ...BASE,
      gender: 'female',
      age: 30,
      occupation: 'tea adviser',
      company: 'Green Gate Tea',
      background: 'Grew up on a plantation.',
      goals: ['find each guest a tea'],
    };
    expect(BaseInfo.parse(full)).toEqual(full);
  });

  test('has a name without blanks around it', () => {
    expect(BaseInfo.parse({ ...BASE, name: '  Mira ' }).name).toBe('Mira');
  });

  test.each([
    ['name', ['', '   ', 'x'.repeat(81), null]],
    ['locale', ['', 'chinese', 'zh_CN', 'zh-', 'z', 'en-\n', 7]],
    ['age', [-1, 1.5, 100_001, '', true]],
    ['background', ['x'.repeat(8001)]],
    ['goals', [list(21, 'goal'), 'goal']],
  ])('is refused with a bad %s', (field, values) => {
    for (const value of values) expect(pathsRefused(BaseInfo, { ...BASE, [field]: value })).toEqual([`/${field}`]);
  });

  test.each(['en', 'zh-CN', 'zh-Hant-TW', 'yue', 'sr-Latn'])('may be in %s', locale => {
    expect(pathsRefused(BaseInfo, { ...BASE, locale })).toEqual([]);
  });

  test('may give an age in words', () => {
    expect(BaseInfo.parse({ ...BASE, age: 'as old as the hills' }).age).toBe('as old as the hills');
  });
});

describe('talk style', () => {
  test('may have every field of the contract', () => {
    const full = {
      tone: 'warm',
      formality: 'informal',
      catchphrases: ['Slowly.'],
      avoid: ['health claims'],
      sampleDialogues: [{ user: 'Hello', role: 'Welcome!' }],
      emoji: 'sparingly',
      replyLength: 'two sentences',
    };
    expect(TalkStyle.parse(full)).toEqual(full);
  });

  test.each([
    ['/tone', { tone: '' }],
    ['/tone', { tone: 'x'.repeat(501) }],
    ['/catchphrases', { catchphrases: list(21, 'a') }],
    ['/catchphrases/1', { catchphrases: ['a', ''] }],
    ['/avoid', { avoid: list(51, 'a') }],
    ['/sampleDialogues', { sampleDialogues: list(21, { user: 'a', role: 'b' }) }],
    ['/sampleDialogues/0/role', { sampleDialogues: [{ user: 'a' }] }],
    ['/emoji', { emoji: 3 }],
  ])('is refused at %s', (path, changes) => {
    expect(pathsRefused(TalkStyle, { ...STYLE, ...changes })).toEqual([path]);
  });
});

describe.each([
  ['knowledge', Knowledge, NOTE],
  ['products', Products, TEA],
] as const)('%s', (_, schema, item) => {
  const refused = (...items: object[]) => pathsRefused(schema, { items });

  test('may be a list of 500, and may be empty', () => {
    expect(refused()).toEqual([]);
    expect(refused(...list(500, item))).toEqual([]);
    expect(refused(...list(501, item))).toEqual(['/items']);
    expect(pathsRefused(schema, {})).toEqual(['/items']);
  });

  test('is refused where two items have one id, with a pointer to each repetition', () => {
    const repeated = [
      { ...item, id: 'a' },
      { ...item, id: 'b' },
      { ...item, id: 'a' },
      item,
      item,
      { ...item, id: 'a' },
    ];
    expect(refused(...repeated)).toEqual(['/items/2/id', '/items/5/id']);
  });

  test('tells ids apart by capitals', () => {
    expect(refused({ ...item, id: 'a' }, { ...item, id: 'A' })).toEqual([]);
  });

  test.each(['', 'a b', 'x'.repeat(65), 'é', 'a\n', 1])('is refused with the id %j', id => {
    expect(refused(item, { ...item, id })).toEqual(['/items/1/id']);
  });
});

test.each([
  ['content', ['', 'x'.repeat(20_001)]],
  ['title', ['', 'x'.repeat(201)]],
  ['tags', [list(21, 'tag')]],
  ['weight', [-1, 1001, '1', Number.POSITIVE_INFINITY]],
])('a knowledge item is refused with a bad %s', (field, values) => {
  for (const value of values)
    expect(pathsRefused(Knowledge, { items: [{ ...NOTE, [field]: value }] })).toEqual([`/items/0/${field}`]);
});

test.each([
  ['price', [-1, 1e13, '12', Number.POSITIVE_INFINITY]],
  ['currency', ['cny', 'CN', 'CNYX', '¥']],
  ['url', ['ftp://example.com', 'javascript:alert(1)', 'tea']],
  ['sellingPoints', [list(21, 'point')]],
])('a product is refused with a bad %s', (field, values) => {
  for (const value of values)
    expect(pathsRefused(Products, { items: [{ ...TEA, [field]: value }] })).toEqual([`/items/0/${field}`]);
});

test('every kind of source has a schema and an address', () => {
  expect(Object.keys(SOURCE_SCHEMAS)).toEqual(SOURCE_KINDS);
  expect(Object.values(SOURCE_PATHS)).toEqual(['base-info', 'talk-style', 'knowledge', 'products']);
});
