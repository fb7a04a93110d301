import {
  AWKWARD_HEADERS,
  AWKWARD_KEYS,
  AWKWARD_QUERIES,
  AWKWARD_SEGMENTS,
  AWKWARD_VALUES,
  BAD_UTF8,
  BROKEN_JSON,
  ENCODINGS,
  MEDIA_TYPES,
  METHODS,
} from './awkward.ts';
import { sayBadly } from './bad-bytes.ts';
import type { BadRequest } from './bad-request.ts';
import type { Operation, ServiceDocument } from './operations.ts';
import type { Random } from './random.ts';
import { addressOf, validValue } from './valid-value.ts';

export type Surroundings = {
  document: ServiceDocument;
  /** A key for the calls of this audience. */
  keys: Record<Operation['audience'], string>;
  /** Values for path parameters that there are, for the calls of this audience: operators' calls may end a tenant. */
  values: Record<Operation['audience'], Record<string, string[]>>;
  /** Where webhooks may go. */
  webhookUrl: string;
};

const HUGE_BYTES = 1_100_000;

/** What may be done to a request, each as often as its weight. A change that does not apply to the call leaves it as it is. */
type Mutation = [
  name: string,
  weight: number,
  change: (request: BadRequest, random: Random, document: ServiceDocument) => void,
];

const MUTATIONS: Mutation[] = [
  ['field', 10, (request, random) => changeJson(request, random, spoilField)],
  ['missing', 3, (request, random) => changeJson(request, random, dropField)],
  ['extra', 3, (request, random) => changeJson(request, random, addField)],
  ['whole', 2, (request, random) => withBody(request, JSON.stringify(random.one(AWKWARD_VALUES)))],
  ['deep', 1, (request, random) => withBody(request, deep(random))],
  ['wide', 1, (request, random) => withBody(request, wide(random))],
  ['broken', 3, (request, random) => withBody(request, random.one(BROKEN_JSON))],
  ['utf8', 2, (request, random) => withBody(request, random.one(BAD_UTF8))],
  ['huge', 0.2, request => withBody(request, Buffer.alloc(HUGE_BYTES, '"'))],
  ['empty', 1, request => withBody(request, '')],
  ['media', 2, (request, random) => setHeader(request, 'Content-Type', random.one(MEDIA_TYPES))],
  ['encoding', 1, (request, random) => setHeader(request, 'Content-Encoding', random.one(ENCODINGS))],
  ['path', 6, spoilPath],
  ['query', 6, (request, random) => addQuery(request, random.one(AWKWARD_QUERIES))],
  ['header', 6, (request, random) => setHeader(request, ...random.one(AWKWARD_HEADERS))],
  ['method', 2, (request, random) => asMethod(request, random.one(METHODS))],
  ['no key', 1, withoutKey],
  ['chunked', 2, request => sentAs(request, request.body === null ? 'whole' : 'chunked')],
  ['aborted', 1, request => sentAs(request, 'aborted')],
  ['raw', 2, sayBadly],
];
const TOTAL_WEIGHT = MUTATIONS.reduce((sum, [, weight]) => sum + weight, 0);

/** A request for this call that is right but for one to three things. */
export function badRequest(
  operation: Operation,
  { document, keys, values, webhookUrl }: Surroundings,
  random: Random,
): BadRequest {
  const chosen = Object.fromEntries(
    Object.entries(values[operation.audience]).map(([name, some]) => [name, random.one(some)]),
  );
  const { taskId, strategyId } = chosen;
  const known = { taskId, strategyId, url: webhookUrl };
  const body =
    operation.body === null
      ? null
      : Buffer.from(JSON.stringify(validValue(operation.body, document.schemas, { known, whole: random.chance(0.5) })));
  const request: BadRequest = {
    operation,
    method: operation.method,
    target: addressOf(operation, document, chosen),
    headers: [
      ['Authorization', `Bearer ${keys[operation.audience]}`],
      ...(body === null ? [] : [['Content-Type', 'application/json'] satisfies [string, string]]),
    ],
    body,
    sending: 'whole',
    done: [],
  };
  const changes = 1 + random.below(3);
  for (let change = 0; change < changes; change += 1) {
    const [name, , apply] = byWeight(random);
    if (request.bytes !== undefined) break;
    apply(request, random, document);
    request.done.push(name);
  }
  return request;
}

function byWeight(random: Random): Mutation {
  let left = random.next() * TOTAL_WEIGHT;
  for (const mutation of MUTATIONS) {
    left -= mutation[1];
    if (left < 0) return mutation;
  }
  return MUTATIONS[0] as Mutation;
}

function withBody(request: BadRequest, body: Buffer | string): void {
  request.body = Buffer.from(body as string);
  if (!request.headers.some(([name]) => name === 'Content-Type'))
    setHeader(request, 'Content-Type', 'application/json');
}

function setHeader(request: BadRequest, name: string, value: string): void {
  request.headers = [...request.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase()), [name, value]];
}

function asMethod(request: BadRequest, method: string): void {
  request.method = method;
}

function withoutKey(request: BadRequest): void {
  request.headers = request.headers.filter(([name]) => name !== 'Authorization');
}

function sentAs(request: BadRequest, sending: BadRequest['sending']): void {
  request.sending = sending;
}

function addQuery(request: BadRequest, query: string): void {
  request.target += `${request.target.includes('?') ? '&' : '?'}${query}`;
}

function spoilPath(request: BadRequest, random: Random): void {
  const segments = request.target.split('/');
  const place = 1 + random.below(segments.length - 1);
  segments[place] = random.one(AWKWARD_SEGMENTS);
  request.target = segments.join('/');
}

type Spot = Record<string, unknown>;

/** Changes the body as JSON, if it is any. */
function changeJson(request: BadRequest, random: Random, change: (json: unknown, random: Random) => string): void {
  if (request.body === null) return;
  try {
    request.body = Buffer.from(change(JSON.parse(request.body.toString()), random));
  } catch {
    // It was spoilt before.
  }
}

/** An object somewhere in there. */
function someSpot(json: unknown, random: Random): Spot | null {
  if (typeof json !== 'object' || json === null) return null;
  const below = Object.values(json).filter(value => typeof value === 'object' && value !== null);
  return below.length > 0 && random.chance(0.5) ? someSpot(random.one(below), random) : (json as Spot);
}

function spoilField(json: unknown, random: Random): string {
  const spot = someSpot(json, random);
  const names = Object.keys(spot ?? {});
  if (spot !== null && names.length > 0) spot[random.one(names)] = random.one(AWKWARD_VALUES);
  return JSON.stringify(json);
}

function dropField(json: unknown, random: Random): string {
  const spot = someSpot(json, random);
  const names = Object.keys(spot ?? {});
  if (spot !== null && names.length > 0) delete spot[random.one(names)];
  return JSON.stringify(json);
}

/** As text, since a `__proto__` that is assigned would not be written. */
function addField(json: unknown, random: Random): string {
  const text = JSON.stringify(json);
  const field = `${JSON.stringify(random.one(AWKWARD_KEYS))}:${JSON.stringify(random.one(AWKWARD_VALUES))}`;
  if (!text.startsWith('{')) return text;
  return text === '{}' ? `{${field}}` : `{${field},${text.slice(1)}`;
}

function deep(random: Random): string {
  const depth = random.one([100, 1_000, 10_000, 100_000]);
  return random.chance(0.5)
    ? `${'['.repeat(depth)}${']'.repeat(depth)}`
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

function wide(random: Random): string {
  const width = random.one([1_000, 20_000]);
  return random.chance(0.5)
    ? `[${Array.from({ length: width }, (_, n) => n).join()}]`
    : `{${Array.from({ length: width }, (_, n) => `"k${n}":1`).join()}}`;
}
