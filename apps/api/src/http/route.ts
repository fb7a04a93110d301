import type { ProblemCode, Scope } from '@roleforge/contracts';
import type { Doer, Principal } from '@roleforge/domain';
import type { z } from 'zod';
import type { EventStream } from './event-stream.ts';

/** Who is asking for a tenant, what it may do, and in which request. */
export type Caller = Doer & Omit<Principal, 'actor'> & { traceparent: string | null };

/** The operator, and in which request. */
export type Operator = Doer & { traceparent: string | null };

/** What a handler answers with; `http/send.ts` alone touches the response. */
export type Reply =
  | { status: number; body?: object; headers?: Record<string, string> }
  | FileReply
  /**
   * Server-sent events, until the stream ends or the caller goes. `stream` is called when it has begun, or else `notBegun`: the
   * caller wanted the headers alone, or has gone.
   */
  | { stream: (stream: EventStream) => void; notBegun?: () => void };

/** A file to keep. It gets an ETag of its bytes, and a caller who has it already gets 304. */
export type FileReply = {
  content: Uint8Array | string;
  contentType: string;
  /** In any characters, with a name in ASCII for clients that know no other. */
  filename: string;
  asciiFilename: string;
};

/** Headers that a handler may want to look at. */
export type RequestHeaders = {
  accept: string | undefined;
  'last-event-id': string | undefined;
  'idempotency-key': string | undefined;
  /** Several of them come as one, joined by commas. */
  prefer: string | undefined;
};

export type Input<P, Q, B> = {
  params: P;
  query: Q;
  body: B;
  headers: RequestHeaders;
  /** The JSON value of the body as it was sent: `body` before its schema parsed it. */
  json: unknown;
  bodyBytes: number;
  /** When the request arrived, by the clock of `performance.now`. */
  arrivedAt: number;
  /** A signal that is aborted when the caller goes. */
  closed: () => AbortSignal;
};

/** An answer as the API reference shows it. */
export type DocumentedReply = {
  description: string;
  body?: z.ZodType;
  stream?: z.ZodType;
  /** Of files: the schema by media type. */
  files?: Record<string, z.ZodType>;
  headers?: z.ZodObject;
};

/** One line of the route table: all that serving and documenting a call needs. */
export type RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = {
  method: 'get' | 'post' | 'put' | 'delete' | 'patch';
  /** With parameters in braces, as in OpenAPI. */
  path: string;
  operationId: string;
  /** What a tenant's key must be allowed for the call; null where any key will do. */
  scope: Scope | null;
  tag: string;
  summary: string;
  description?: string;
  params?: P;
  /** What a path parameter that does not parse is: something that cannot exist, or a name that the caller chose badly. */
  badParams?: 'not_found' | 'invalid_request';
  query?: Q;
  /** Request headers that mean something to this call; documented, not parsed. */
  headers?: z.ZodObject;
  body?: B;
  /** Where source data stands in the body: what is too long there makes the body too large, not malformed. */
  sourceAt?: readonly string[];
  replies: Record<number, DocumentedReply>;
  /** Problems besides those that every call may answer with. */
  problems?: ProblemCode[];
};

type AnySpec = RouteSpec<z.ZodType, z.ZodType, z.ZodType>;

/** A call of the tenants'. */
export type TenantRoute = AnySpec & {
  audience: 'tenant';
  handle(input: Input<never, never, never>, caller: Caller): Promise<Reply>;
};

/** A call of the operator's. */
export type OperatorRoute = Omit<AnySpec, 'scope'> & {
  audience: 'operator';
  /** Whether it may be called by those, too, who may only look. */
  forViewers: boolean;
  handle(input: Input<never, never, never>, operator: Operator): Promise<Reply>;
};

/** A call that anybody can make, without a key. */
export type OpenRoute = Omit<AnySpec, 'scope'> & {
  audience: 'open';
  handle(input: Input<never, never, never>): Promise<Reply>;
};

export type Route = TenantRoute | OperatorRoute | OpenRoute;

/** A tenants' call whose handler gets what its schemas parse. */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  spec: RouteSpec<P, Q, B>,
  handle: (input: Input<z.output<P>, z.output<Q>, z.output<B>>, caller: Caller) => Promise<Reply>,
): TenantRoute {
  return { ...spec, audience: 'tenant', handle } as unknown as TenantRoute;
}

/** As `route`, for the operator. */
export function operatorRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  spec: Omit<RouteSpec<P, Q, B>, 'scope'>,
  handle: (input: Input<z.output<P>, z.output<Q>, z.output<B>>, operator: Operator) => Promise<Reply>,
): OperatorRoute {
  return { ...spec, audience: 'operator', forViewers: false, handle } as unknown as OperatorRoute;
}

/** An operator's call that changes nothing, and shows nothing that those who may only look should not see. */
export function forViewers(route: OperatorRoute): OperatorRoute {
  if (route.method !== 'get') throw new Error(`${route.operationId} is no look.`);
  return { ...route, forViewers: true };
}

/** As `route`, for anybody. */
export function openRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  spec: Omit<RouteSpec<P, Q, B>, 'scope'>,
  handle: (input: Input<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Reply>,
): OpenRoute {
  return { ...spec, audience: 'open', handle } as unknown as OpenRoute;
}
