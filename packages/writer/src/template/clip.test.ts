import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clip, takeFitting } from './clip.ts';

describe('clipping', () => {
  test.each([
    ['what fits is left whole', ' A b. ', 10, 'A b.'],
    ['at the end of a sentence', 'One two. Three four. Five.', 21, 'One two. Three four.'],
    ['not within a number', 'Costs 3.50 and more besides here', 20, 'Costs 3.50 and more…'],
    ['at the end of a Chinese sentence', '先烧水。再放茶叶。最后等两分钟。', 10, '先烧水。再放茶叶。'],
    ['with the quotation mark that belongs to it', '他说：“好。”然后走了很远很远。', 9, '他说：“好。”'],
    ['at a line', 'First line\nsecond line', 15, 'First line'],
    ['at a word where no sentence ends', 'alpha beta gamma delta', 12, 'alpha beta…'],
    ['anywhere where there is no word', 'aaaaaaaaaa', 5, 'aaaa…'],
    ['never within a character', 'aa🍵🍵🍵', 4, 'aa…'],
  ])('%s', (_, text, max, clipped) => {
    expect(clip(text, max)).toBe(clipped);
  });

  test('always fits, and leaves something of whatever held something', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 100 }),
        (text, max) => {
          const clipped = clip(text, max);
          expect(clipped.length).toBeLessThanOrEqual(max);
          expect(clipped === '').toBe(text.trim() === '');
        },
      ),
    );
  });
});

test('takes as many as fit, in order, and clips the first where even that does not', () => {
  expect(takeFitting(['aa', 'bb', 'cc'], 6, 2)).toEqual(['aa', 'bb']);
  expect(takeFitting(['aaaaaaaa', 'b'], 4)).toEqual(['aaa…']);
  expect(takeFitting([], 4)).toEqual([]);
});
