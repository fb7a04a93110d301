import { PROBLEMS, Problem, type ProblemCode } from '@roleforge/contracts';
import type { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { Route } from '../http/route.ts';

const DESCRIPTION = `Creates AI personas (shop assistants, coaches, game characters) from what a tenant knows about them.

A request is answered as soon as it is committed; workers gather the sources, have the role written, and save it.
Every problem is \`application/problem+json\` (RFC 9457) with a stable \`code\`. Every answer has an \`X-Request-Id\`, the caller's own where it
sent a well-formed one, and the trace of a W3C \`traceparent\` is carried on.`;

/** Problems that any call may answer with. */
const ALWAYS: ProblemCode[] = ['unauthenticated', 'internal_error', 'unavailable'];

/** The OpenAPI 3.1 document of these routes, made from the same schemas that parse their input. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'RoleForge', version, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
    security: [{ apiKey: [] }],
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of the tenant' } },
    },
    paths,
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, params, query, headers, body } = route;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    requestParams: {
      ...(params === undefined ? {} : { path: params as z.ZodObject }),
      ...(query === undefined ? {} : { query: query as z.ZodObject }),
      ...(headers === undefined ? {} : { header: headers }),
    },
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { 'application/json': { schema: body } },
          },
        }),
    responses: responsesOf(route),
  };
}

function responsesOf(route: Route): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, { description, body, stream, files = {}, headers }] of Object.entries(route.replies))
    responses[status as '200'] = {
      description,
      ...(headers === undefined ? {} : { headers }),
      content: {
        ...(body === undefined ? {} : { 'application/json': { schema: body } }),
        ...(stream === undefined ? {} : { 'text/event-stream': { schema: stream } }),
        ...Object.fromEntries(Object.entries(files).map(([mediaType, schema]) => [mediaType, { schema }])),
      },
    };
  for (const [status, codes] of Map.groupBy(problemsOf(route), code => PROBLEMS[code].status))
    responses[`${status}` as '400'] = {
      description: codes.map(code => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
      content: { 'application/problem+json': { schema: Problem } },
    };
  return responses;
}

function problemsOf({ body, query, headers, badParams, problems = [] }: Route): ProblemCode[] {
  const ofBody: ProblemCode[] =
    body === undefined ? [] : ['invalid_body', 'payload_too_large', 'unsupported_media_type'];
  const checked = query !== undefined || headers !== undefined || badParams === 'invalid_request';
  const ofRequest: ProblemCode[] = checked ? ['invalid_request'] : [];
  return [...ofBody, ...ofRequest, ...problems, ...ALWAYS];
}
