import { describe, expect, test } from '@jest/globals';
import { PROFILE_PARTS } from '@roleforge/contracts';
import { plausibleRole } from '@roleforge/testkit';
import fc from 'fast-check';
import { createSectionReader } from './section-reader.ts';

const ROLE = plausibleRole('');
const JSON_TEXT = JSON.stringify(ROLE);

function read(...answers: string[][]): [string, unknown][] {
  const told: [string, unknown][] = [];
  const reader = createSectionReader(PROFILE_PARTS, (part, value) => told.push([part, value]));
  for (const pieces of answers) {
    const hear = reader.begin();
    for (const piece of pieces) hear(piece);
  }
  return told;
}

const inPieces = (text: string, size: number) => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];

describe('the parts of a profile', () => {
  test.each([
    ['bare', JSON_TEXT],
    ['in a fence', `\`\`\`json\n${JSON_TEXT}\n\`\`\`\n`],
    ['after words, in a fence', `Sure!\n\`\`\`\n${JSON_TEXT}\n\`\`\`\nEnjoy {it}.`],
    ['after thoughts', `\n<think>{"name": "no"} "{</think>\n${JSON_TEXT}`],
  ])('come out one by one, %s', (_, text) => {
    for (const size of [1, 7, text.length]) expect(read(inPieces(text, size))).toEqual(Object.entries(ROLE));
  });

  test('come out as soon as they are whole', () => {
    expect(read(['{"name": "Mira", "tagline": "Knows'])).toEqual([['name', 'Mira']]);
  });

  test('come out once, over all answers', () => {
    expect(read(['{"name":"Mira","tagl'], ['{"name":"Vera","tagline":"Tea"}'])).toEqual([
      ['name', 'Mira'],
      ['tagline', 'Tea'],
    ]);
  });

  test('stay in where they do not fit, are unknown, or lie deeper', () => {
    expect(read(['{"name":7,"tagline":"","x":1,"talkStyle":{"tone":"warm"},"tags":["a"],"boundaries":"b"}'])).toEqual([
      ['tags', ['a']],
    ]);
    expect(read(['["name"]'], ['"name"'], ['{"name" "Mira"}'], [''])).toEqual([]);
  });
});

test('whatever a model writes, reading it never fails', () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' })), pieces => void read(pieces, ['{', ...pieces])));
});
