import { z } from 'zod';

/**
 * Every problem that the API answers with: its HTTP status and its title (RFC 9457).
 * Clients switch on the code, so a code is never renamed or given another status.
 */
export const PROBLEMS = {
  invalid_body: { status: 400, title: 'The request body is not valid' },
  invalid_request: { status: 400, title: 'A path, query or header parameter is not valid' },
  unauthenticated: { status: 401, title: 'A valid key is needed' },
  forbidden: { status: 403, title: 'This key may not do that' },
  tenant_suspended: { status: 403, title: 'This tenant is suspended' },
  not_found: { status: 404, title: 'There is no such thing here' },
  method_not_allowed: { status: 405, title: 'This address does not take that method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The present state forbids it' },
  payload_too_large: { status: 413, title: 'The body, or a part of it, is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  expectation_failed: { status: 417, title: 'What the request expects cannot be met' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key has been used for another request' },
  unknown_strategy: { status: 422, title: 'There is no such strategy' },
  unknown_model: { status: 422, title: 'The strategy asks for a model that is not configured' },
  template_invalid: { status: 422, title: 'A template of the strategy cannot be used' },
  address_not_allowed: { status: 422, title: 'Nothing may be sent to this address' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  rate_limited: { status: 429, title: 'Too many requests in too short a time' },
  limit_reached: { status: 429, title: 'A limit of the tenant has been reached' },
  internal_error: { status: 500, title: 'The service failed' },
  unavailable: { status: 503, title: 'The service cannot do this at the moment' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export const ProblemField = z.object({
  pointer: z
    .string()
    .describe('JSON pointer (RFC 6901) to the part that is wrong; parameters as /query/…, /path/… or /headers/…'),
  message: z.string(),
  line: z.int().optional().describe('Within the text that is wrong, from 1'),
  column: z.int().optional().describe('From 1'),
});
export type ProblemField = z.infer<typeof ProblemField>;

export const Problem = z
  .object({
    type: z.string().describe('A stable URI for this kind of problem'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe('The path that was asked for'),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]).describe('Stable; switch on this'),
    requestId: z.string(),
    errors: z.array(ProblemField).optional(),
  })
  .meta({ id: 'Problem', description: 'What went wrong, as RFC 9457 problem details' });
export type Problem = z.infer<typeof Problem>;
