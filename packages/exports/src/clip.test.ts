import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clip, clipName } from './clip.ts';

describe('a clipped text', () => {
  test.each([
    ['Short.', 20, 'Short.'],
    ['One sentence here. And another one.', 20, 'One sentence here.'],
    ['第一句话。第二句话还没有说完', 8, '第一句话。'],
    ['A. word that goes on and on', 12, 'A. word tha…'],
    ['no end at all', 5, 'no e…'],
    ['\n\u{10000}', 2, '…'],
  ])('%j in %i is %j', (text, max, clipped) => {
    expect(clip(text, max)).toBe(clipped);
  });

  test('cuts no emoji in two', () => {
    expect(clip('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 15)).toBe('👩‍👩‍👧‍👦…');
    expect(clipName('茶🍵🍵', 4)).toBe('茶🍵…');
  });

  test('is never longer than it may be, never empty, and well formed', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ unit: 'binary', minLength: 1 }),
    );
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 40 }), (text, max) => {
        for (const clipped of [clip(text, max), clipName(text, max)]) {
          expect(clipped.length).toBeLessThanOrEqual(max);
          expect(clipped.length).toBeGreaterThan(0);
          expect(clipped.isWellFormed()).toBe(true);
        }
      }),
    );
  });
});
