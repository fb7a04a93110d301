import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashApiKey, hashesOf, isMistyped, newApiKey } from './api-keys.ts';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX_LENGTH = 'rf_live_'.length;
const LENGTH = PREFIX_LENGTH + 32 + 6;

describe('a new API key', () => {
  test('says what it is, and is of letters and digits', () => {
    for (let n = 0; n < 200; n += 1) expect(newApiKey()).toMatch(/^rf_live_[0-9A-Za-z]{38}$/);
  });

  test('is another one each time, and uses the whole alphabet', () => {
    const keys = Array.from({ length: 500 }, newApiKey);
    expect(new Set(keys).size).toBe(keys.length);
    const used = new Set(keys.flatMap(key => [...key.slice(PREFIX_LENGTH, -6)]));
    expect([...used].sort().join('')).toBe(LETTERS);
  });

  test('is not mistyped', () => {
    for (let n = 0; n < 200; n += 1) expect(isMistyped(newApiKey())).toBe(false);
  });
});

describe('a mistyped key', () => {
  test('is noticed, whichever of its characters is another one', () => {
    const place = fc.integer({ min: PREFIX_LENGTH, max: LENGTH - 1 });
    fc.assert(
      fc.property(place, fc.constantFrom(...LETTERS), (at, letter) => {
        const key = newApiKey();
        fc.pre(key[at] !== letter);
        expect(isMistyped(key.slice(0, at) + letter + key.slice(at + 1))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is noticed where two neighbours changed places', () => {
    fc.assert(
      fc.property(fc.integer({ min: PREFIX_LENGTH, max: LENGTH - 2 }), at => {
        const key = newApiKey();
        fc.pre(key[at] !== key[at + 1]);
        const swapped = `${key.slice(0, at)}${key[at + 1]}${key[at]}${key.slice(at + 2)}`;
        expect(isMistyped(swapped)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['', 'my-own-key-of-the-configuration', 'rf_live_b1946ac92492d2347c6235b4d2611184'])(
    'cannot be one that was not issued: "%s"',
    key => expect(isMistyped(key)).toBe(false),
  );
});

describe('what is stored of a key', () => {
  test('is 32 bytes that depend on every pepper, and on there being one', () => {
    const key = newApiKey();
    const hashes = [null, 'a pepper', 'another pepper'].map(pepper => hashApiKey(key, pepper));
    expect(hashes.map(hash => hash.length)).toEqual([32, 32, 32]);
    expect(new Set(hashes.map(hash => hash.toString('hex'))).size).toBe(3);
  });

  test('is SHA-256 without a pepper: what earlier releases stored', () => {
    expect(hashApiKey('abc', null).toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  test('is HMAC-SHA256 under a pepper (RFC 4231, test case 2)', () => {
    expect(hashApiKey('what do ya want for nothing?', 'Jefe').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  test('is looked for under the newest pepper first, and without one last', () => {
    const key = newApiKey();
    expect(hashesOf(key, ['new', 'old'])).toEqual(['new', 'old', null].map(pepper => hashApiKey(key, pepper)));
    expect(hashesOf(key, [])).toEqual([hashApiKey(key, null)]);
  });
});
