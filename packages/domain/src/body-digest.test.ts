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

describe('the digest of a body', () => {
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
