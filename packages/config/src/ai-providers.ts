import { readFileSync } from 'node:fs';
import type { ModelCatalog } from '@roleforge/domain';
import { z } from 'zod';

const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -');
const perMinute = z.number().positive().max(1e9).optional();
const price = z.number().min(0).max(1e6);

const Model = z
  .strictObject({
    model: z.string().min(1).max(200),
    inputUsdPerMillion: price.optional(),
    outputUsdPerMillion: price.optional(),
  })
  .refine(
    ({ inputUsdPerMillion, outputUsdPerMillion }) =>
      (inputUsdPerMillion === undefined) === (outputUsdPerMillion === undefined),
    'inputUsdPerMillion and outputUsdPerMillion belong together',
  );

const Provider = z.strictObject({
  name,
  baseUrl: z.url({ protocol: /^https?$/ }),
  apiKey: z.string().min(1).max(1000).optional(),
  apiKeyVariable: z
    .string()
    .regex(/^[A-Z_][A-Z0-9_]*$/, 'must be the name of an environment variable')
    .optional(),
  streaming: z.boolean().default(true),
  requestsPerMinute: perMinute,
  tokensPerMinute: perMinute,
  models: z.array(Model).min(1).max(200),
});

/** The file that AI_PROVIDERS names. */
const ProvidersFile = z.strictObject({ providers: z.array(Provider).min(1).max(50) });

/**
 * Reads the providers and their models from a JSON file, keys from the environment variables that it names.
 * @throws Error with one line that says what is wrong with the file, and shows no key
 */
export function readProviders(path: string, env: Readonly<Record<string, string | undefined>>): ModelCatalog {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`${path} is not JSON`);
    throw new Error(`${path} cannot be read: ${(error as Error).message}`);
  }
  const parsed = ProvidersFile.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${path} is not valid at /${issue?.path.join('/') ?? ''}: ${issue?.message}`);
  }
  const { providers } = parsed.data;
  const twice = repeatedIn(providers.map(provider => provider.name));
  if (twice !== undefined) throw new Error(`${path} has two providers called ${twice}`);
  for (const { name: provider, models } of providers) {
    const model = repeatedIn(models.map(each => each.model));
    if (model !== undefined) throw new Error(`${path} names the model ${JSON.stringify(model)} of ${provider} twice`);
  }
  return {
    providers: providers.map(
      ({ apiKey, apiKeyVariable, models: _, requestsPerMinute, tokensPerMinute, ...provider }) => {
        const key = apiKeyVariable === undefined ? apiKey : env[apiKeyVariable];
        if (apiKeyVariable !== undefined && (key === undefined || key === ''))
          throw new Error(`${path} names the variable ${apiKeyVariable}, which is not set`);
        return {
          ...provider,
          apiKey: key ?? null,
          requestsPerMinute: requestsPerMinute ?? null,
          tokensPerMinute: tokensPerMinute ?? null,
        };
      },
    ),
    models: providers.flatMap(provider =>
      provider.models.map(({ model, inputUsdPerMillion, outputUsdPerMillion }) => ({
        provider: provider.name,
        model,
        price:
          inputUsdPerMillion === undefined || outputUsdPerMillion === undefined
            ? null
            : { inputUsdPerMillion, outputUsdPerMillion },
      })),
    ),
  };
}

function repeatedIn(names: readonly string[]): string | undefined {
  return names.find((each, index) => names.indexOf(each) !== index);
}
