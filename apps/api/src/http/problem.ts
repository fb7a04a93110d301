import { PROBLEMS, type Problem, type ProblemCode, type ProblemField } from '@roleforge/contracts';
import { StoreUnavailable } from '@roleforge/domain';
import type { z } from 'zod';

type Details = { errors?: ProblemField[]; headers?: Record<string, string>; cause?: unknown };

/** A request that gets no: thrown anywhere below a handler, answered as problem+json. `detail` is for the caller to read. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly code: ProblemCode;
  readonly errors: ProblemField[] | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail: string, { errors, headers = {}, cause }: Details = {}) {
    super(detail, { cause });
    this.code = code;
    this.errors = errors;
    this.headers = headers;
  }
}

/** Nothing here by that name, or nothing of this tenant's: the two look the same. */
export function notFound(what: string): RequestProblem {
  return new RequestProblem('not_found', `There is no such ${what}.`);
}

/** Whatever is wrong with a key or a token, and where there is none: the caller is told no more. */
export function unauthenticated(): RequestProblem {
  return new RequestProblem('unauthenticated', 'Send a valid API key as Authorization: Bearer <key>.', {
    headers: { 'WWW-Authenticate': 'Bearer realm="roleforge"' },
  });
}

export function suspended(): RequestProblem {
  return new RequestProblem('tenant_suspended', 'The operator has suspended this tenant.');
}

/** Seconds after which a caller may try again while a store is away. */
const RETRY_AFTER_S = 2;

/** A service that cannot do it now, and may be able to in a moment. */
export function unavailable(detail: string, cause?: unknown): RequestProblem {
  return new RequestProblem('unavailable', detail, { cause, headers: { 'Retry-After': String(RETRY_AFTER_S) } });
}

const MIB = 1_048_576;

/** Errors of the body parser, by their `type`; one too large is told of with its limit. */
const BODY_PROBLEMS: Record<string, [ProblemCode, string]> = {
  'entity.parse.failed': ['invalid_body', 'The body is not JSON.'],
  'encoding.unsupported': ['unsupported_media_type', 'This content encoding is not supported.'],
  'charset.unsupported': ['unsupported_media_type', 'The body must be in UTF-8.'],
  'request.size.invalid': ['invalid_body', 'The body is not as long as announced.'],
  'request.aborted': ['invalid_body', 'The body was cut off.'],
};

/** What any error comes to for the caller. What is not known is our own fault, and says no more than that. */
export function toRequestProblem(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error;
  if (error instanceof StoreUnavailable)
    return unavailable('The database does not answer in time. No creation was accepted: try again.', error);
  const { type, limit, status = 500 } = Object(error) as { type?: string; limit?: number; status?: number };
  if (type === 'entity.too.large' && limit !== undefined)
    return new RequestProblem('payload_too_large', `The body may have at most ${sizeInWords(limit)}.`, {
      cause: error,
    });
  const known = type === undefined ? undefined : BODY_PROBLEMS[type];
  if (known !== undefined) return new RequestProblem(known[0], known[1], { cause: error });
  if (error instanceof URIError)
    return new RequestProblem('invalid_request', 'The address is not well formed.', { cause: error });
  // Of Express and of what it serves files with.
  if (status === 403 || status === 404)
    return new RequestProblem('not_found', 'There is nothing at this address.', { cause: error });
  if (status >= 400 && status < 500)
    return new RequestProblem('invalid_request', 'The request cannot be served as it is.', { cause: error });
  return new RequestProblem('internal_error', 'The service failed. The request id helps to find out why.', {
    cause: error,
  });
}

/** How large a body may be is set in whole KiB or MiB. */
function sizeInWords(bytes: number): string {
  return bytes < MIB ? `${bytes / 1_024} KiB` : `${bytes / MIB} MiB`;
}

/** The one place where a problem's body is made. */
export function problemBody(problem: RequestProblem, instance: string, requestId: string): Problem {
  const { status, title } = PROBLEMS[problem.code];
  return {
    type: `urn:roleforge:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance,
    code: problem.code,
    requestId,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
}

/** Most fields that a problem names: an answer must not be larger than what it answers. */
const MOST_FIELDS = 100;

/**
 * What a body comes to that its schema refuses. One in which nothing is wrong but that texts or lists of a source are too long is
 * too large; `sourceAt` is where the source stands in it, if it has one.
 */
export function bodyProblem(
  error: z.ZodError,
  sourceAt: readonly string[] | undefined,
  root = '',
  most = MOST_FIELDS,
): RequestProblem {
  const tooLarge = error.issues.every(
    issue =>
      issue.code === 'too_big' &&
      (issue.origin === 'string' || issue.origin === 'array') &&
      sourceAt?.every((key, index) => issue.path[index] === key),
  );
  const errors = fieldsOf(error, root, most);
  if (tooLarge)
    return new RequestProblem('payload_too_large', 'A part of a source is too large; `errors` points to it.', {
      errors,
    });
  return new RequestProblem('invalid_body', 'The body does not have the right shape; `errors` points to each field.', {
    errors,
  });
}

/**
 * Zod's issues as JSON pointers below `root`: one for each field that is wrong, and one for each that is unknown; where
 * there are very many, the first `most`.
 */
export function fieldsOf(error: z.ZodError, root = '', most = MOST_FIELDS): ProblemField[] {
  const fields = allFieldsOf(error, root);
  if (fields.length <= most) return fields;
  return [...fields.slice(0, most), { pointer: root, message: `and ${fields.length - most} more` }];
}

function allFieldsOf(error: z.ZodError, root: string): ProblemField[] {
  return error.issues.flatMap(issue => {
    if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerTo(root, issue.path), message: issue.message }];
    return issue.keys.map(key => ({ pointer: pointerTo(root, [...issue.path, key]), message: 'unknown field' }));
  });
}

function pointerTo(root: string, path: readonly PropertyKey[]): string {
  return root + path.map(key => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
