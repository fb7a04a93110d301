import { describe, expect, test } from '@jest/globals';
import { fromTheOtherSide, midSentenceOccupation, spokenProduct, spokenTitle, withArticle } from './english-phrases.ts';
import { describedTone, instructedTone } from './english-tone.ts';

describe('English', () => {
  test.each([
    ['tea adviser', 'a tea adviser'],
    ['engineer', 'an engineer'],
    ['HR manager', 'an HR manager'],
    ['university lecturer', 'a university lecturer'],
    ['underwater guide', 'an underwater guide'],
    ['hourly guide', 'an hourly guide'],
    ['18-year-old girl', 'an 18-year-old girl'],
    ['head of support', 'the head of support'],
    ['the keeper of the keys', 'the keeper of the keys'],
    ['king’s messenger', 'king’s messenger'],
  ])('gives "%s" its article: "%s"', (noun, phrase) => {
    expect(withArticle(noun)).toBe(phrase);
  });

  test.each([
    ['Running coach', 'running coach'],
    ['Outdoor-gear adviser', 'outdoor-gear adviser'],
    ['French teacher', 'French teacher'],
    ['Senior Tea Adviser', 'Senior Tea Adviser'],
  ])('writes the occupation "%s" within a sentence as "%s"', (occupation, phrase) => {
    expect(midSentenceOccupation(occupation)).toBe(phrase);
  });

  test.each([
    ['Brewing green tea', 'brewing green tea'],
    ['Returns policy', 'the returns policy'],
    ['Our returns policy', 'our returns policy'],
    ['London', 'London'],
  ])('speaks of the note "%s" as "%s"', (title, phrase) => {
    expect(spokenTitle(title)).toBe(phrase);
  });

  test('speaks of products with an article only where the name is a common noun', () => {
    expect(['Longjing', 'Morning Blend', 'N2 headphones'].map(spokenProduct)).toEqual([
      'Longjing',
      'Morning Blend',
      'the N2 headphones',
    ]);
  });

  test('turns what is yours and ours around for the customer', () => {
    expect(fromTheOtherSide('pairing your headphones under our policy')).toBe(
      'pairing my headphones under your policy',
    );
  });

  test.each([
    ['warm and unhurried', 'Mira comes across as warm and unhurried.', 'Sound warm and unhurried.'],
    ['professional tone', 'Mira comes across as professional.', 'Sound professional.'],
    ['upbeat, playful', 'Mira comes across as upbeat and playful.', 'Sound upbeat and playful.'],
    ['Speaks slowly.', 'Mira speaks slowly.', 'Speak slowly.'],
    ['address people by name', 'Mira addresses people by name.', 'address people by name.'],
    ['She never hurries.', 'How Mira speaks: She never hurries.', 'She never hurries.'],
  ])('tells of and asks for the tone "%s"', (tone, told, asked) => {
    expect(describedTone('Mira', 'Mira', tone)).toBe(told);
    expect(instructedTone(tone)).toBe(asked);
  });
});
