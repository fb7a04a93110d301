import type { FailureCode } from '@roleforge/contracts';
import { CreationFailure, toCreationFailure } from '@roleforge/domain';
import { AISDKError, APICallError } from 'ai';
import { retryAfterOf } from './retry-after.ts';

/**
 * Why a call to the provider failed, from what the SDK threw. Nothing that the provider said goes into the message or the
 * cause: its answers echo keys and prompts.
 *
 * @param nowMs Unix milliseconds, for a `Retry-After` that is a date
 */
export function failureOfCall(error: unknown, nowMs: number): CreationFailure {
  if (error instanceof CreationFailure) return error;
  const cause = networkError(error);
  if (cause !== undefined && isTimeout(cause)) return failure('provider_timeout', 'did not answer in time', { cause });
  if (APICallError.isInstance(error) && error.statusCode !== undefined && error.statusCode >= 300)
    return failureOfStatus(error.statusCode, error, nowMs);
  if (cause !== undefined)
    return failure('provider_unavailable', 'could not be reached or broke the connection off', { cause });
  if (AISDKError.isInstance(error)) return failure('provider_unavailable', 'gave an answer that cannot be read');
  return toCreationFailure(error);
}

/** Refused, or busy: what was sent was not worked on. A 5xx besides may come from in between, while the model writes. */
const UNBILLED_STATUSES = new Set([503, 529]);

/** Errors with which no request ever reached anybody. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether a call that failed with this may be on the bill all the same. */
export function mayBeBilled(error: unknown): boolean {
  if (APICallError.isInstance(error) && error.statusCode !== undefined && error.statusCode >= 300) {
    const { statusCode } = error;
    return statusCode === 408 || (statusCode >= 500 && !UNBILLED_STATUSES.has(statusCode));
  }
  return !NEVER_SENT.has(networkError(error)?.code);
}

function failureOfStatus(status: number, error: APICallError, nowMs: number): CreationFailure {
  switch (status) {
    case 429:
    case 503:
    case 529: {
      const retryAfterMs = retryAfterOf(error.responseHeaders, nowMs);
      const details = retryAfterMs === undefined ? {} : { retryAfterMs };
      return failure('provider_limited', `takes no more calls for now (HTTP ${status})`, details);
    }
    case 408:
    case 504:
      return failure('provider_timeout', `did not answer in time (HTTP ${status})`);
    case 400:
      if (isFilterCode(error.data)) return failure('content_filtered', 'refused the sources for their content');
      return failure('provider_denied', 'refused the request (HTTP 400)');
    case 401:
    case 403:
      return failure('provider_denied', `refused the API key (HTTP ${status})`);
    case 404:
      return failure('provider_denied', 'does not know the model or the address (HTTP 404)');
    default:
      if (status >= 500) return failure('provider_unavailable', `failed (HTTP ${status})`);
      return failure('provider_denied', `refused the request (HTTP ${status})`);
  }
}

function failure(
  code: FailureCode,
  what: string,
  details?: ConstructorParameters<typeof CreationFailure>[2],
): CreationFailure {
  return new CreationFailure(code, `The AI provider ${what}.`, details);
}

/** How Azure, OpenAI and DashScope say in a 400 that a filter stopped the prompt. */
const FILTER_CODES = new Set(['content_filter', 'content_policy_violation', 'data_inspection_failed']);

function isFilterCode(data: unknown): boolean {
  const code = (data as { error?: { code?: unknown } } | undefined)?.error?.code;
  return typeof code === 'string' && FILTER_CODES.has(code);
}

type CodedError = { code?: unknown; name?: unknown; cause?: unknown };

/** Deeper than fetch and the SDK ever wrap an error, and an end to a chain that leads back to itself. */
const MAX_DEPTH = 8;

/** The error of the socket, or of the clock, at the bottom of what fetch and the SDK wrapped around it. */
function networkError(error: unknown): CodedError | undefined {
  let current = error;
  for (let depth = 0; depth < MAX_DEPTH && typeof current === 'object' && current !== null; depth += 1) {
    const candidate: CodedError = current;
    if (candidate.name === 'TimeoutError' || isNetworkCode(candidate.code)) return candidate;
    current = candidate.cause;
  }
  return undefined;
}

/** Codes of sockets, resolvers, TLS, undici and the HTTP parser. Node's own `ERR_…` are faults in what it was given. */
function isNetworkCode(code: unknown): boolean {
  return typeof code === 'string' && (!code.startsWith('ERR_') || /^ERR_(SSL|TLS)_/.test(code));
}

const TIMEOUT_CODES: ReadonlySet<unknown> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

function isTimeout({ name, code }: CodedError): boolean {
  return name === 'TimeoutError' || TIMEOUT_CODES.has(code);
}
