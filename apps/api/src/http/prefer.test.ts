import { describe, expect, test } from '@jest/globals';
import { readPreferences } from './prefer.ts';

describe('the Prefer header', () => {
  test.each([
    ['wait=10', 10, false],
    ['WAIT=10', 10, false],
    ['wait="10"', 10, false],
    ['wait = 10', 10, false],
    ['wait=0', 0, false],
    ['respond-async', undefined, true],
    ['Respond-Async', undefined, true],
    ['respond-async=""', undefined, true],
    ['respond-async, wait=5', 5, true],
    ['wait=5;foo=bar;baz, respond-async; x="a,b;c"', 5, true],
    ['return=minimal, handling="a \\", wait=3", wait=7', 7, false],
    ['foo; bar=wait, wait=7', 7, false],
    [' , wait=7,, ', 7, false],
    ['wait=4, wait=9', 4, false],
  ])('%s', (header, wait, respondAsync) => {
    expect(readPreferences(header)).toEqual({ wait, respondAsync });
  });

  test.each([
    [undefined],
    [''],
    ['wait'],
    ['wait='],
    ['wait=-1'],
    ['wait=1.5'],
    ['wait=ten'],
    ['wait=1e3'],
    ['wait=99999999999'],
    ['wait 10'],
    ['wait=10 20'],
    ['respond-async=yes'],
    ['handling="wait=3'],
    ['foo="a, wait=3'],
    ['foo;wait=10'],
  ])('%s says nothing', header => {
    expect(readPreferences(header)).toEqual({ wait: undefined, respondAsync: false });
  });

  test('what cannot be read takes nothing else with it', () => {
    expect(readPreferences('((, wait=10')).toEqual({ wait: 10, respondAsync: false });
  });
});
