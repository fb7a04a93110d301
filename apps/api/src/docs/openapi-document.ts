import { PROBLEMS, Problem, type ProblemCode } from '@roleforge/contracts';
import type { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { Route } from '../http/route.ts';
import { webhookDocuments } from './webhook-documents.ts';

const DESCRIPTION = `Creates AI personas (shop assistants, coaches, game characters) from what a tenant knows about them.

A request is answered as soon as it is committed; workers gather the sources, have the role written, and save it.
Every problem is \`application/problem+json\` (RFC 9457) with a stable \`code\`. Every answer has an \`X-Request-Id\`, the caller's own where it
sent a well-formed one, and the trace of a W3C \`traceparent\` is carried on.

Calls are made with an API key of the tenant, or with a token of the issuer that the operator has configured. Each call names the scope
that it needs; a key without it gets \`forbidden\`, and a key of a suspended tenant gets \`tenant_suspended\` from every call.

Where a tenant or its key has a limit of requests, every answer says how it stands: \`RateLimit-Policy: "tenant";q=100;w=2\` (so many at once,
all of them back after so many seconds) and \`RateLimit: "tenant";r=98;t=1\` (how many are left, and in how many seconds all are), with a
member \`"key"\` for the key's own. Submissions say the same of the tenant's \`creationsPerDay\` in a member \`"day"\`. Every 429 has a \`Retry-After\`.`;

/** Problems that any call may answer with; one that needs a key may answer with another besides. */
const ALWAYS: ProblemCode[] = ['internal_error', 'unavailable'];

/** What stands in the Authorization header, by whom a call is for. */
const SCHEMES = {
  tenant: 'apiKey',
  operator: 'adminKey',
} as const satisfies Record<Exclude<Route['audience'], 'open'>, string>;
const SECURITY_SCHEMES = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key of the tenant (`rf_live_…`); or, where the operator has configured an issuer, one of its tokens (JWT), which names its ' +
      'tenant in a claim, and its scopes in `scope` or `scp`.',
  },
  adminKey: { type: 'http', scheme: 'bearer', description: 'The operator’s key, `ADMIN_API_KEY`' },
  viewerKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'The key of those who may look at what the operator sees, `VIEWER_API_KEY`',
  },
} as const;

/** The OpenAPI 3.1 document of these routes, made from the same schemas that parse their input. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'RoleForge', version, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
    security: [{ [SCHEMES.tenant]: [] }],
    components: { securitySchemes: SECURITY_SCHEMES },
    paths,
    webhooks: webhookDocuments(),
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { operationId, tag, summary, params, query, headers, body } = route;
  const description = [route.description, scopeOf(route)].filter(Boolean).join('\n\n');
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === '' ? {} : { description }),
    security: securityOf(route),
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

/** The scopes as OpenAPI 3.1 has them: the array of a scheme may name what is required of who calls. */
function requiredOf(route: Route): string[] {
  return route.audience === 'tenant' && route.scope !== null ? [route.scope] : [];
}

/** The same for people: the pages that show an API reference say nothing of that array. */
function scopeOf(route: Route): string | null {
  if (route.audience === 'operator') return route.forViewers ? 'The viewer’s key will do.' : null;
  if (route.audience === 'open') return 'Needs no key.';
  return route.scope === null ? 'Any key will do.' : `Needs the scope \`${route.scope}\`.`;
}

function securityOf(route: Route): Record<string, string[]>[] {
  if (route.audience === 'open') return [];
  return [{ [SCHEMES[route.audience]]: requiredOf(route) }, ...(isForViewers(route) ? [{ viewerKey: [] }] : [])];
}

/** Whether whoever has any key of its audience may call it. */
function isForAll(route: Route): boolean {
  return route.audience === 'tenant' ? route.scope === null : route.audience === 'open' || route.forViewers;
}

function isForViewers(route: Route): boolean {
  return route.audience === 'operator' && route.forViewers;
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

function problemsOf(route: Route): ProblemCode[] {
  const { body, query, headers, badParams, problems = [] } = route;
  const ofBody: ProblemCode[] =
    body === undefined ? [] : ['invalid_body', 'payload_too_large', 'unsupported_media_type'];
  const checked = query !== undefined || headers !== undefined || badParams === 'invalid_request';
  const ofRequest: ProblemCode[] = checked ? ['invalid_request'] : [];
  const ofTenant: ProblemCode[] = route.audience === 'tenant' ? ['tenant_suspended', 'rate_limited'] : [];
  const ofScope: ProblemCode[] = isForAll(route) ? [] : ['forbidden'];
  const ofKey: ProblemCode[] = route.audience === 'open' ? [] : ['unauthenticated'];
  return [...new Set([...ofBody, ...ofRequest, ...problems, ...ofScope, ...ofTenant, ...ofKey, ...ALWAYS])];
}
