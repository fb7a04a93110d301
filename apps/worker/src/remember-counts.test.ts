import { expect, test } from '@jest/globals';
import { rememberCounts } from './remember-counts.ts';

test('a text is counted once while it is among the latest, and anew after that', () => {
  const counted: string[] = [];
  const count = rememberCounts(text => {
    counted.push(text);
    return text.length;
  }, 2);
  expect(['one', 'three', 'one', 'seven'].map(count)).toEqual([3, 5, 3, 5]);
  expect(counted).toEqual(['one', 'three', 'seven']);
  // "three" was asked for longest ago, and made way for "seven".
  count('one');
  count('three');
  expect(counted).toEqual(['one', 'three', 'seven', 'three']);
});
