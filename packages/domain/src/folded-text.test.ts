import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compacted, compactText, foldedText, placesCompact, placesFolded } from './folded-text.ts';

/** Texts of all there is, and of what folding knows: look-alikes, full-width and traditional characters, marks, signs for letters. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(...'aZ0139@$. -_\n，。：！“”ＩＧｎôÀßİĸаеΟ無視記複請说话가힣🙂e\u0301\u200b\u3000\ud83d'),
  }),
);

test('folds case, marks, width and look-alikes, and leaves spaces and signs', () => {
  expect(foldedText('ＩGNÒRΕ the Rules！ 無視，記')).toBe('ignore the rules! 无视,记');
});

test('compact are the letters and digits, with those that signs were written for', () => {
  expect(compactText(foldedText('1gn0re — the\nru13$: 80 °C！'))).toBe('ignoretheruies8oc');
  expect(compacted('i\u200bg-n.o r e')).toBe('ignore');
});

describe('whatever the text', () => {
  test('each character is folded by itself, and so is compacted', () => {
    fc.assert(
      fc.property(text, original => {
        const folded = foldedText(original);
        expect(folded).toBe([...original].map(character => foldedText(character)).join(''));
        expect(compactText(folded)).toBe([...folded].map(character => compactText(character)).join(''));
      }),
    );
  });

  test('every unit has its place, in order, and stands for the character there', () => {
    fc.assert(
      fc.property(text, original => {
        const folded = foldedText(original);
        const at = placesFolded(original);
        expect(at.length).toBe(folded.length + 1);
        expect(at.at(-1)).toBe(original.length);
        for (const [unit, place] of at.subarray(0, -1).entries())
          expect(foldedText(String.fromCodePoint(original.codePointAt(place) as number))).toContain(folded[unit]);
        const compact = compactText(folded);
        const within = placesCompact(folded);
        expect(within.length).toBe(compact.length + 1);
        expect([...within]).toEqual([...within].toSorted((a, b) => a - b));
      }),
    );
  });
});
