import { SCOPES, type Scope } from '@roleforge/contracts';

/** As much of JSON Schema as the service's document uses. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  example?: unknown;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  minItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  pattern?: string;
};

type Parameter = { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Schema };

/** One call of the service, as its own document has it. */
export type Operation = {
  id: string;
  method: string;
  /** With parameters in braces. */
  path: string;
  parameters: Parameter[];
  /** The body's schema; null where it takes none. */
  body: Schema | null;
  /** The statuses that it may answer with. */
  statuses: Set<number>;
  /** Whether it may answer with server-sent events. */
  streams: boolean;
  /** `open`: for anybody, with or without a key. */
  audience: 'tenant' | 'operator' | 'open';
  /** Null where any key will do. */
  scope: Scope | null;
};

export type ServiceDocument = { operations: Operation[]; schemas: Record<string, Schema>; codes: Set<string> };

type Response = { content?: Record<string, unknown> };
type RawOperation = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, Response>;
  security?: Record<string, string[]>[];
};

/** What the running service says of itself. */
export async function readDocument(url: string): Promise<ServiceDocument> {
  const response = await fetch(`${url}/openapi.json`);
  const { paths, components } = (await response.json()) as {
    paths: Record<string, Record<string, RawOperation>>;
    components: { schemas: Record<string, Schema> };
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => operationOf(path, method, raw)),
  );
  const codes = components.schemas.Problem?.properties?.code?.enum ?? [];
  return { operations, schemas: components.schemas, codes: new Set(codes as string[]) };
}

function operationOf(path: string, method: string, raw: RawOperation): Operation {
  const needed = raw.security?.flatMap(scheme => Object.values(scheme).flat()) ?? [];
  return {
    id: raw.operationId,
    method: method.toUpperCase(),
    path,
    parameters: raw.parameters ?? [],
    body: raw.requestBody?.content['application/json']?.schema ?? null,
    statuses: new Set(Object.keys(raw.responses).map(Number)),
    streams: Object.values(raw.responses).some(({ content = {} }) => 'text/event-stream' in content),
    audience: path.startsWith('/admin/') ? 'operator' : raw.security?.length === 0 ? 'open' : 'tenant',
    scope: SCOPES.find(scope => needed.includes(scope)) ?? null,
  };
}

/** The names in braces. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
}

export function fillPath(path: string, values: Record<string, string>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}
