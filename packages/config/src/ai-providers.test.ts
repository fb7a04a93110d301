import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readProviders } from './ai-providers.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roleforge-providers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: unknown, env: Record<string, string> = {}) {
  const path = join(folder, 'providers.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readProviders(path, env);
}

const HOUSE = { name: 'house', baseUrl: 'http://localhost:8000/v1', models: [{ model: 'm-1' }] };

describe('a file of AI providers', () => {
  test('gives each provider its models, prices, limits and key', () => {
    const file = {
      providers: [
        {
          ...HOUSE,
          apiKeyVariable: 'HOUSE_KEY',
          requestsPerMinute: 600,
          models: [{ model: 'm-1', inputUsdPerMillion: 0.3, outputUsdPerMillion: 1.2 }],
        },
        { ...HOUSE, name: 'other', streaming: false },
      ],
    };
    expect(read(file, { HOUSE_KEY: 'sk-1' })).toEqual({
      providers: [
        {
          name: 'house',
          baseUrl: 'http://localhost:8000/v1',
          apiKey: 'sk-1',
          streaming: true,
          requestsPerMinute: 600,
          tokensPerMinute: null,
        },
        {
          name: 'other',
          baseUrl: 'http://localhost:8000/v1',
          apiKey: null,
          streaming: false,
          requestsPerMinute: null,
          tokensPerMinute: null,
        },
      ],
      models: [
        { provider: 'house', model: 'm-1', price: { inputUsdPerMillion: 0.3, outputUsdPerMillion: 1.2 } },
        { provider: 'other', model: 'm-1', price: null },
      ],
    });
  });

  test.each([
    ['{', /is not JSON/],
    [{ providers: [] }, /not valid at \/providers/],
    [{ providers: [{ ...HOUSE, models: [{ model: 'm', inputUsdPerMillion: 1 }] }] }, /belong together/],
    [{ providers: [HOUSE, HOUSE] }, /two providers called house/],
    [{ providers: [{ ...HOUSE, models: [{ model: 'm-1' }, { model: 'm-1' }] }] }, /the model "m-1" of house twice$/],
    [{ providers: [{ ...HOUSE, apiKeyVariable: 'HOUSE_KEY' }] }, /HOUSE_KEY, which is not set/],
  ])('%j is refused with one line that says why', (file, message) => {
    expect(() => read(file)).toThrow(message);
  });

  test('a file that is not there is named', () => {
    expect(() => readProviders(join(folder, 'none.json'), {})).toThrow(/none\.json cannot be read/);
  });
});
