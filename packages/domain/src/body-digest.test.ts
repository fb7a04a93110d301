import { hash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bodyDigest, canonicalJson } from './body-digest.ts';

/** The same value with the keys of all its objects the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  const copy = {};
  for (const [key, member] of entries)
    Object.defineProperty(copy, key, { value: reversed(member), enumerable: true, writable: true, configurable: true });
  return copy;
}

/** Canonical JSON, as plainly as it can be written: with recursion, and all of it at once. */
function plainly(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainly).join(',')}]`;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${plainly(member)}`).join(',')}}`;
}

describe('the digest of a body', () => {
  test('is that of the text as it would be written plainly, however it is divided', () => {
    // Strings long enough that what is written is passed on in several pieces, and characters that must not be cut in two.
    const body = fc.tuple(fc.jsonValue(), fc.array(fc.string({ unit: 'binary' })), fc.constantFrom(1, 1_000, 5_000));
    fc.assert(
      fc.property(body, ([value, texts, times]) => {
        const long = { texts: texts.map(text => text.repeat(times)), value, emoji: '😀'.repeat(times) };
        expect(canonicalJson(long)).toBe(plainly(long));
        expect(bodyDigest(long)).toBe(hash('sha256', plainly(long)));
      }),
      { numRuns: 30 },
    );
  });

  test('of half a million zeros does not take long enough for others to notice', () => {
    const most = JSON.parse(`{"items":[[${'0,'.repeat(500_000)}0]]}`);
    const times = [1, 2, 3].map(() => {
      const startedAt = performance.now();
      bodyDigest(most);
      return performance.now() - startedAt;
    });
    const startedAt = performance.now();
    for (const _ of times) hash('sha256', JSON.stringify(most));
    // Against what the machine takes for the least that there is to do, so that a busy machine is not taken for slow code.
    expect(Math.min(...times)).toBeLessThan(8 * (performance.now() - startedAt));
  });

  test('does not depend on the order of keys or on white space', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const spaced = JSON.parse(JSON.stringify(reversed(value), null, 3));
        expect(bodyDigest(spaced)).toBe(bodyDigest(value));
      }),
    );
  });

  test('rests on text that says all that the body says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test.each([
    ['the order of a list', '[1,2]', '[2,1]'],
    ['a number and its text', '{"a":1}', '{"a":"1"}'],
    ['nothing and null', '{}', '{"a":null}'],
    ['a list and what it holds', '[[1]]', '[1]'],
    ['a number beyond all and null', '[1e999]', '[null]'],
    ['half a character and another half', '["\\ud800"]', '["\\ud801"]'],
    ['a key that objects inherit', '{"__proto__":1}', '{}'],
    ['text that looks like JSON', '["a\\",\\"b"]', '["a","b"]'],
  ])('tells apart %s', (_, one, other) => {
    expect(bodyDigest(JSON.parse(one))).not.toBe(bodyDigest(JSON.parse(other)));
  });

  test('takes a body that is nothing but brackets', () => {
    const depth = 200_000;
    expect(bodyDigest(JSON.parse('['.repeat(depth) + ']'.repeat(depth)))).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is the SHA-256 of the text with sorted keys: it must stay the same from release to release', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: true })).toBe('{"a":true,"b":[1,{"c":"é","d":null}]}');
    expect(bodyDigest({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});
