import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import express, { type Request, type Response } from 'express';
import { bodyProblem, fieldsOf, RequestProblem } from './problem.ts';
import type { Input, Route } from './route.ts';
import { arrivalOf } from './traffic.ts';

const BODY_LIMIT_BYTES = 1_048_576;

/** How many bytes of body a request really had: Content-Length says nothing of a chunked one. */
const bodyBytes = new WeakMap<IncomingMessage, number>();

const parseJson = express.json({
  limit: BODY_LIMIT_BYTES,
  type: () => true,
  strict: false,
  // A compressed body of a kilobyte may be a megabyte; clients have no need of it.
  inflate: false,
  verify(request, _response, buffer) {
    bodyBytes.set(request, buffer.length);
    if (!isUtf8(buffer)) throw new RequestProblem('invalid_body', 'The body is not UTF-8.');
  },
});

/** Parses what a call was given by the schemas of its route. @throws RequestProblem */
export async function readInput(
  route: Route,
  request: Request,
  response: Response,
): Promise<Input<never, never, never>> {
  const body = await readBody(route, request, response);
  return {
    params: readParams(route, request) as never,
    query: readQuery(route, request) as never,
    body: body as never,
    headers: {
      accept: request.headers.accept,
      'last-event-id': header(request, 'last-event-id'),
      'idempotency-key': header(request, 'idempotency-key'),
      prefer: header(request, 'prefer'),
    },
    json: request.body,
    bodyBytes: bodyBytes.get(request) ?? 0,
    arrivedAt: arrivalOf(response),
    closed: () => abortedAtClose(response),
  };
}

function abortedAtClose(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

function readParams({ params, badParams = 'not_found' }: Route, request: Request): unknown {
  if (params === undefined) return undefined;
  const parsed = params.safeParse(request.params);
  if (parsed.success) return parsed.data;
  if (badParams === 'not_found') throw new RequestProblem('not_found', 'There is nothing at this address.');
  throw new RequestProblem('invalid_request', 'A part of the address is not valid.', {
    errors: fieldsOf(parsed.error, '/path'),
  });
}

function readQuery({ query }: Route, request: Request): unknown {
  if (query === undefined) return undefined;
  const parsed = query.safeParse(request.query);
  if (parsed.success) return parsed.data;
  throw new RequestProblem('invalid_request', 'A query parameter is not valid.', {
    errors: fieldsOf(parsed.error, '/query'),
  });
}

async function readBody({ body, sourceAt }: Route, request: Request, response: Response): Promise<unknown> {
  if (body === undefined) return undefined;
  if (!hasBody(request)) {
    const absent = body.safeParse(undefined);
    if (absent.success) return absent.data;
  }
  if (!isJson(request.headers['content-type']))
    throw new RequestProblem('unsupported_media_type', 'Send the body with Content-Type: application/json.');
  if (!isInUtf8(request.headers['content-type']))
    throw new RequestProblem('unsupported_media_type', 'The body must be in UTF-8.');
  await new Promise<void>((resolve, reject) => {
    parseJson(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  const parsed = body.safeParse(request.body);
  if (parsed.success) return parsed.data;
  throw bodyProblem(parsed.error, sourceAt);
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/json\s*(;|$)/i.test(contentType);
}

/** The parser would read UTF-7 and UTF-16 as well, which whoever looks at bodies on their way here does not. */
function isInUtf8(contentType = ''): boolean {
  const named = [...contentType.matchAll(/;\s*charset\s*=\s*("?)([^";\s]*)\1/gi)].map(([, , charset]) => charset);
  return named.every(charset => /^utf-?8$/i.test(charset ?? ''));
}

function header(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
