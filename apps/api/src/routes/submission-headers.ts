import { Creation } from '@roleforge/contracts';
import { z } from 'zod';

/** The header under which a request is carried out once, as it is documented. */
export const idempotencyKey = z.object({
  'Idempotency-Key': z
    .string()
    .optional()
    .describe(
      'Under one key the request is carried out once: sent again with the same body, it gets the first answer (202, the same body, ' +
        '`Idempotency-Replayed: true`) and nothing more is accepted; with another body it gets 422 `idempotency_key_reused`. ' +
        'Keys belong to one tenant and one call, and are kept for 24 hours. Only accepted requests are remembered: one that was ' +
        'refused is judged anew. After a 503, or no answer at all, repeat the request with the same key. 1 to 255 printable ' +
        'ASCII characters, as a structured-field string in quotes or bare; bodies are the same whatever the order of their keys.',
    )
    .meta({ example: '"8e03978e-40d5-43dd-bc93-6894a57f9324"' }),
});

/** That header, and how long the answer may be put off. */
export const submissionHeaders = idempotencyKey.extend({
  Prefer: z.string().optional().describe('`wait=N` (seconds) or `respond-async`'),
});

export const replayed = {
  'Idempotency-Replayed': z.literal('true').optional().describe('The request came before; this is its first answer'),
};

const submitted = {
  body: Creation,
  headers: z.object({
    Location: z.string(),
    ...replayed,
    'Preference-Applied': z.string().optional().describe('What was made of `Prefer`'),
  }),
};

/** What a call that asks for one creation answers with. */
export const submissionReplies = {
  200: { description: 'Committed, and ended within the time that `Prefer` gives', ...submitted },
  202: { description: 'Committed', ...submitted },
};
