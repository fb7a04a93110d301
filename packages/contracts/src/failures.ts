import { z } from 'zod';

/** Whose fault a failed creation is: it decides who can mend it and how patiently it is retried. */
export const FailureOwner = z.enum(['request', 'source', 'provider', 'service']);
export type FailureOwner = z.infer<typeof FailureOwner>;

/**
 * Every way in which a creation can fail: its owner, and whether another attempt may help.
 * Clients switch on the code, so a code is never renamed.
 */
export const FAILURES = {
  base_info_missing: { owner: 'source', retryable: false },
  talk_style_missing: { owner: 'source', retryable: false },
  knowledge_missing: { owner: 'source', retryable: false },
  products_missing: { owner: 'source', retryable: false },
  source_unreadable: { owner: 'service', retryable: true },
  strategy_missing: { owner: 'request', retryable: false },
  base_version_missing: { owner: 'request', retryable: false },
  template_invalid: { owner: 'request', retryable: false },
  model_unknown: { owner: 'request', retryable: false },
  deadline_exceeded: { owner: 'request', retryable: false },
  provider_limited: { owner: 'provider', retryable: true },
  breaker_open: { owner: 'provider', retryable: true },
  provider_unavailable: { owner: 'provider', retryable: true },
  provider_timeout: { owner: 'provider', retryable: true },
  provider_denied: { owner: 'provider', retryable: false },
  content_filtered: { owner: 'provider', retryable: false },
  answer_too_large: { owner: 'provider', retryable: false },
  draft_truncated: { owner: 'provider', retryable: true },
  draft_invalid: { owner: 'provider', retryable: true },
  cost_ceiling_reached: { owner: 'request', retryable: false },
  given_up: { owner: 'service', retryable: false },
  job_invalid: { owner: 'service', retryable: false },
  store_unavailable: { owner: 'service', retryable: true },
  internal_error: { owner: 'service', retryable: true },
} as const satisfies Record<string, { owner: FailureOwner; retryable: boolean }>;

export type FailureCode = keyof typeof FAILURES;

export const CreationError = z
  .object({
    code: z.enum(Object.keys(FAILURES) as [FailureCode, ...FailureCode[]]),
    message: z.string(),
    owner: FailureOwner,
    retryable: z.boolean().describe('Whether the same request may succeed later'),
  })
  .meta({ id: 'CreationError' });
export type CreationError = z.infer<typeof CreationError>;
