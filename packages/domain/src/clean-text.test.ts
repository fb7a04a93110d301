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
    ['a text hidden in variation selectors', '😊\ufe0f\u{e0101}\u{e0102}a\ufe0f', '😊\ufe0fa'],
    ['annotations between the lines', 'tea\ufff9\ufffahidden\ufffb', 'teahidden'],
    ['Hangul fillers', 'a\u115fb\u1160c\u3164d\uffa0e', 'abcde'],
    ['the grapheme joiner', 'ig\u034fnore', 'ignore'],
    ['halves of pairs, which must not become pairs', 'a\ud83d\u200b\ude0ab', 'ab'],
    ['noncharacters', 'a\ufdd0b\uffffc', 'abc'],
    ['piles of marks', `Z${'\u0335'.repeat(30)}algo`, `Z${'\u0335'.repeat(4)}algo`],
    ['a non-joiner outside the scripts that need it', 'ig\u200cnore', 'ignore'],
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
    ['keycaps', '1\ufe0f\u20e3'],
    ['the non-joiner of Persian', 'می\u200cخواهم'],
    ['an ideograph’s variant', '葛\u{e0100}飾区'],
    ['stacked marks of Vietnamese and Thai', 'Tiếng Việt, ที่นี่'],
  ])('keeps %s', (_, text) => {
    expect(cleanText(text)).toBe(text.normalize('NFC'));
  });

  test('has one form of an accented letter, and one of a line’s end', () => {
    expect(cleanText('cafe\u0301\r\nthe\rend')).toBe('caf\u00e9\nthe\nend');
  });

  test('has a space for the blank of Braille', () => {
    expect(cleanText('a\u2800b')).toBe('a b');
  });

  test('is clean for good: cleaning it again changes nothing', () => {
    const tricky = fc.constantFrom(
      ...[
        '\u200c',
        '\u200d',
        '\ufe0f',
        '\u{e0101}',
        '\u0301',
        '\u0335',
        '\ud83d',
        '\ude0a',
        '\u3164',
        '\u1100',
        '\u1161',
      ],
      ...['م', 'ی', '葛', '😊', '❤', '🏽', '1', 'e', '\u0958', '\u2800', '\r', '\u{e0067}', '\u180b', '\uf900'],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(tricky, { maxLength: 20 }).map(parts => parts.join('')),
    );
    fc.assert(
      fc.property(text, value => {
        const clean = cleanText(value);
        expect(cleanText(clean)).toBe(clean);
        expect(clean.isWellFormed()).toBe(true);
        const bare = clean.replace(/\u200c|\u200d|\p{Variation_Selector}/gu, '');
        expect(bare).not.toMatch(/(?![\t\n])[\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]|\p{M}{5}/u);
      }),
      { numRuns: 1000 },
    );
  });

  test('is cleaned in every string of a document, and nothing else changes', () => {
    const document = { name: 'M\u200bira', age: 30, none: null, goals: ['a\u202eb', { emoji: true }] };
    expect(cleanDeep(document)).toEqual({ name: 'Mira', age: 30, none: null, goals: ['ab', { emoji: true }] });
  });
});

test('plain text is as clean as the closer look says', () => {
  const plain = fc.string({
    unit: fc.integer({ min: 9, max: 0xffff }).map(code => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 6,
  });
  // An invisible character makes it look closely, and goes.
  fc.assert(
    fc.property(plain, text => expect(cleanText(text)).toBe(cleanText(`${text} \u00ad`).slice(0, -1))),
    { numRuns: 2_000 },
  );
  for (let code = 9; code <= 0xffff; code += 1) {
    const text = `a${String.fromCharCode(code)}b`;
    if (cleanText(text) !== cleanText(`${text} \u00ad`).slice(0, -1)) throw new Error(`U+${code.toString(16)}`);
  }
});
