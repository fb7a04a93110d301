import { describe, expect, test } from '@jest/globals';
import { pathsRefused } from './refused-paths.fixture.ts';
import { StrategyDocument } from './strategies.ts';

describe('a strategy', () => {
  test('needs base info alone unless it says otherwise', () => {
    expect(StrategyDocument.parse({})).toEqual({
      fallbackModels: [],
      onWriterUnavailable: 'wait',
      tokenBudgets: { baseInfo: 4_000, talkStyle: 4_000, knowledge: 12_000, products: 6_000 },
      structuredOutput: 'json_schema',
      sources: { baseInfo: 'required', talkStyle: 'optional', knowledge: 'optional', products: 'optional' },
    });
    expect(StrategyDocument.parse({ sources: { products: 'required' } }).sources).toEqual({
      baseInfo: 'required',
      talkStyle: 'optional',
      knowledge: 'optional',
      products: 'required',
    });
  });

  test.each([
    ['/sources/baseInfo', { sources: { baseInfo: 'optional' } }],
    ['/sources/products', { sources: { products: 'maybe' } }],
    ['/sources/mood', { sources: { mood: 'required' } }],
    ['/temperature', { temperature: 2.1 }],
    ['/temperature', { temperature: -0.1 }],
    ['/maxOutputTokens', { maxOutputTokens: 255 }],
    ['/maxOutputTokens', { maxOutputTokens: 300.5 }],
    ['/instructions', { instructions: 'x'.repeat(8001) }],
    ['/instructions', { instructions: ' ' }],
    ['/structuredOutput', { structuredOutput: 'xml' }],
    ['/locale', { locale: 'chinese' }],
    ['/apiKey', { apiKey: 'x' }],
  ])('is refused at %s', (path, document) => {
    expect(pathsRefused(StrategyDocument, document)).toEqual([path]);
  });
});
