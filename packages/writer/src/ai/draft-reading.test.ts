import { describe, expect, test } from '@jest/globals';
import { CreationFailure } from '@roleforge/domain';
import { plausibleRole } from '@roleforge/testkit';
import { TEA_SHOP } from '../brief.fixture.ts';
import { type EndedAnswer, parseAnswer, readDraft } from './draft-reading.ts';

const role = plausibleRole('');

function failureOf(answer: Partial<EndedAnswer>): CreationFailure {
  try {
    const whole = { text: JSON.stringify(role), finishReason: 'stop', ...answer };
    const reading = readDraft(whole, { sources: TEA_SHOP, locale: 'en-GB' });
    if (reading.kind === 'unfit') return reading.failure;
  } catch (error) {
    if (error instanceof CreationFailure) return error;
    throw error;
  }
  throw new Error('the draft was taken');
}

describe('reading a draft', () => {
  test.each([
    ['an answer cut off at its limit, though it parses', { finishReason: 'length' }, 'draft_truncated'],
    ['a filtered answer, though it parses', { finishReason: 'content_filter' }, 'content_filtered'],
    ['an answer that broke', { finishReason: 'error' }, 'provider_unavailable'],
    ['DeepSeek out of capacity', { finishReason: 'insufficient_system_resource' }, 'provider_unavailable'],
    ['no text', { text: '' }, 'draft_invalid'],
    ['prose', { text: 'Here is your role!' }, 'draft_invalid'],
    ['half a role', { text: JSON.stringify(role).slice(0, 300) }, 'draft_invalid'],
    ['another shape', { text: '{"name":"x"}' }, 'draft_invalid'],
    ['a list', { text: '[]' }, 'draft_invalid'],
    ['another language', { text: JSON.stringify(plausibleRole('', { otherLanguage: true })) }, 'draft_invalid'],
  ] as const)('refuses %s', (_, answer, code) => {
    expect(failureOf(answer).code).toBe(code);
  });

  test('names the first places that do not fit, and nothing of what stands there', () => {
    const text = JSON.stringify({
      ...role,
      name: 7,
      tagline: 'secret'.repeat(100),
      greeting: '',
      boundaries: 'secret',
    });
    const failure = failureOf({ text });
    expect(failure.message).toBe('The model’s draft does not fit the role profile at /name, /tagline, /greeting.');
    expect(failure.cause).toMatchObject({ name: 'ZodError' });
  });

  test('refuses ids that the task does not have', () => {
    const failure = failureOf({ text: JSON.stringify({ ...role, products: [{ productId: 'gold', pitch: 'Gold.' }] }) });
    expect(failure.code).toBe('draft_invalid');
    expect(failure.message).not.toContain('gold');
    expect(String(failure.cause)).toContain('gold');
  });
});

describe('the JSON in an answer', () => {
  const fenced = JSON.stringify({ a: 'code:\n```js\n1\n```' });
  test.each([
    ['bare', '{"a":1}', { a: 1 }],
    ['between blank lines', '\n {"a":1}\n\n', { a: 1 }],
    ['in a fence', '```json\n{"a":1}\n```', { a: 1 }],
    ['in a fence without a language, with words around it', 'Sure!\n```\n{"a":1}\n```\nEnjoy.', { a: 1 }],
    ['with a fence inside, in a fence', `\`\`\`json\n${fenced}\n\`\`\``, JSON.parse(fenced)],
    ['after thoughts', '<think>{"a":2}?</think>\n{"a":1}', { a: 1 }],
    ['cut off', '{"a":1', undefined],
    ['in a fence that is cut off', '```json\n{"a":1', undefined],
  ])('%s', (_, text, value) => {
    expect(parseAnswer(text)).toEqual(value);
  });
});
