import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cleanDeep, cleanText } from './clean-text.ts';

describe('cleaned text', () => {
  test.each([
    ['a zero-width space', 'ig\u200bnore', 'ignore'],
    ['a zero-width joiner between letters', 'ig\u200dnore', 'ignore'],
    ['a byte order mark', '\ufefftea', 'tea'],
    ['a soft hyphen', 'te\u00ada', 'tea'],
    ['bidirectional overrides', 'a\u202eb\u202cc', 'abc'],
    ['bidirectional isolates', 'a\u2066b\u2069c', 'abc'],
    ['tag characters, which can carry a whole hidden text', 'tea\u{e0049}\u{e0067}\u{e007f}', 'tea'],
    ['controls', 'a\u0000b\u001bc\u0085d', 'abcd'],
  ])('is without %s', (_, text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  test.each([
    ['Chinese', '茶小满，您好！'],
    ['Japanese', 'いらっしゃいませ。'],
    ['Korean', '안녕하세요'],
    ['Arabic and Hebrew', 'مرحبا שלום'],
    ['tabs and line feeds', 'a\tb\nc'],
    ['a family of emoji', '👨‍👩‍👧‍👦'],
    ['emoji joined after a variation selector', '🏳️‍🌈 ❤️‍🔥'],
    ['flags', '🇨🇳'],
  ])('keeps %s', (_, text) => {
    expect(cleanText(text)).toBe(text.normalize('NFC'));
  });

  test('has one form of an accented letter, and one of a line’s end', () => {
    expect(cleanText('cafe\u0301\r\nthe\rend')).toBe('caf\u00e9\nthe\nend');
  });

  test('has no invisible character but the joiner, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const clean = cleanText(text);
        expect(clean.replaceAll('\u200d', '')).not.toMatch(/(?![\t\n])[\p{Cf}\p{Cc}]/u);
      }),
    );
  });

  test('is cleaned in every string of a document, and nothing else changes', () => {
    const document = { name: 'M\u200bira', age: 30, none: null, goals: ['a\u202eb', { emoji: true }] };
    expect(cleanDeep(document)).toEqual({ name: 'Mira', age: 30, none: null, goals: ['ab', { emoji: true }] });
  });
});
