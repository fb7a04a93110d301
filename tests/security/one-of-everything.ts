import { randomBytes } from 'node:crypto';
import { SOURCE_KINDS, SOURCE_PATHS } from '@roleforge/contracts';
import { readDemoTasks } from '../../apps/launcher/src/demo/demo-tasks.ts';
import { jsonOf, makeCall } from './calls.ts';
import { fillPath, type Operation, pathParameters, type ServiceDocument } from './operations.ts';
import type { Account, Service } from './service.ts';

/** What a tenant has: one of everything that there is. */
export type Belongings = {
  account: Account;
  /** A word that stands in every text of this tenant's, and in nobody else's. */
  marker: string;
  /** Values for the path parameters of the document, by name; the first of several is the usual one. */
  values: Record<string, string[]>;
  /** What must not come to anybody else: the marker, and every id. */
  private: string[];
};

/** Path parameters whose values a tenant chooses: another tenant may have chosen the same. */
export const CHOSEN_NAMES: ReadonlySet<string> = new Set(['taskId', 'strategyId', 'version', 'other', 'n']);

/** The Idempotency-Key that each tenant uses once. */
export const SHARED_KEY = 'the-same-for-all-tenants';
const FAR_AWAY = '2031-01-01T00:00:00Z';

type Made = { id: string; roleId?: string };

/**
 * Gives a tenant one of everything: sources, a strategy, creations that have ended, are held and are running, a role with two
 * versions, a bulk call, a key, and, as far as this release has them, endpoints and deliveries of webhooks.
 * @throws Error where a call is refused, or where a path parameter of the document stays without a value
 */
export async function giveOneOfEverything(
  service: Service,
  document: ServiceDocument,
  account: Account,
  { taskId, strategyId, idempotencyKey = SHARED_KEY }: { taskId: string; strategyId: string; idempotencyKey?: string },
): Promise<Belongings> {
  const marker = `Zanth${randomBytes(5).toString('hex')}`;
  const ask = async <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> => {
    const answer = await makeCall(service.url, {
      method,
      path,
      key: account.apiKey,
      body,
      ...(headers === undefined ? {} : { headers }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered with ${answer.status}: ${answer.text}`);
    return (answer.status === 204 ? undefined : jsonOf(answer)) as T;
  };
  const submit = (body: object, headers: Record<string, string> = {}) =>
    ask<Made & { status: string; step?: string }>(
      'POST',
      '/v1/role-creations',
      { taskId, metadata: { note: marker }, ...body },
      headers,
    );
  const finished = async (headers: Record<string, string> = {}) => {
    const creation = await submit({ strategyId }, { prefer: 'wait=30', ...headers });
    if (creation.status !== 'succeeded') throw new Error(`a creation was to succeed, and is ${creation.status}`);
    return creation;
  };
  const documented = (method: string, path: RegExp) =>
    document.operations.find(
      operation => operation.audience === 'tenant' && operation.method === method && path.test(operation.path),
    );

  const endpoints = documented('POST', /^\/v1\/webhook-endpoints$/);
  const endpoint =
    endpoints === undefined
      ? undefined
      : await ask<Made & { secret: string }>('POST', endpoints.path, {
          url: `${service.receiver.url}?of=${marker}`,
          description: marker,
        });
  if (endpoint !== undefined) service.secrets.add(endpoint.secret);

  await storeSources(taskId, marker, (path, body) => ask('PUT', path, body));
  await ask('PUT', `/v1/strategies/${strategyId}`, { description: marker, instructions: `Mention ${marker}.` });
  const first = await finished({ 'idempotency-key': idempotencyKey });
  await finished();
  const held = await submit({ runAt: FAR_AWAY });
  await ask('POST', `/v1/role-creations/${held.id}/pause`);
  const running = await run(
    service,
    () => submit({}),
    ({ id }) => ask<Made & { status: string; step?: string }>('GET', `/v1/role-creations/${id}`),
  );
  const bulk = await ask<Made>('POST', '/v1/role-creations/bulk', {
    action: 'cancel',
    filter: { taskId: 'none-such' },
  });
  const keys = documented('POST', /^\/v1\/(api-)?keys$/);
  const key =
    keys === undefined ? undefined : await ask<Made & { apiKey: string }>('POST', keys.path, { name: marker });
  if (key !== undefined) service.secrets.add(key.apiKey);

  const belongings: Belongings = {
    account,
    marker,
    values: {
      creationId: [first.id, held.id, running.id],
      roleId: [first.roleId as string],
      taskId: [taskId],
      strategyId: [strategyId],
      version: ['1'],
      other: ['2'],
      n: ['1'],
      bulkId: [bulk.id],
      tenantId: [account.tenantId],
      ...(endpoint === undefined ? {} : { endpointId: [endpoint.id] }),
      ...(key === undefined ? {} : { keyId: [key.id] }),
    },
    private: [],
  };
  await findTheRest(service, document, belongings);
  belongings.private = [
    marker,
    ...Object.entries(belongings.values).flatMap(([name, values]) => (CHOSEN_NAMES.has(name) ? [] : values)),
  ];
  return belongings;
}

/** A task's sources, with the marker in each of them. */
async function storeSources(
  taskId: string,
  marker: string,
  put: (path: string, body: object) => Promise<unknown>,
): Promise<void> {
  const sources = structuredClone(readDemoTasks()[0]?.sources);
  if (sources === undefined) throw new Error('The demo has no tasks.');
  sources.baseInfo.name = `${marker} House`;
  sources.talkStyle.tone = `${marker} and friendly`;
  sources.knowledge.items.unshift({ title: marker, content: `${marker} is known to nobody else.` });
  for (const product of sources.products.items) product.name = `${marker} ${product.name}`;
  for (const kind of SOURCE_KINDS) await put(`/v1/tasks/${taskId}/${SOURCE_PATHS[kind]}`, sources[kind]);
}

/** A creation whose model never answers, as soon as its worker has it in hand. Another's call may have taken the silence: then anew. */
async function run<T extends { id: string; status: string; step?: string }>(
  { model }: Service,
  submit: () => Promise<T>,
  read: (creation: T) => Promise<T>,
): Promise<T> {
  for (;;) {
    model.enqueue({ kind: 'hang' });
    let creation = await submit();
    while (['queued', 'running'].includes(creation.status)) {
      if (creation.status === 'running' && creation.step === 'writing') return creation;
      creation = await read(creation);
    }
  }
}

/** How often a list is asked for that something comes to by and by. */
const LOOKS = 50;
const BETWEEN_LOOKS_MS = 100;

/** Finds values for the parameters that are left in the lists that stand above them: `/v1/things` for `/v1/things/{thingId}`. */
async function findTheRest(service: Service, { operations }: ServiceDocument, belongings: Belongings): Promise<void> {
  for (const operation of operations) {
    for (const name of pathParameters(operation.path)) {
      if (name in belongings.values) continue;
      const id = await firstOfList(service, operation, name, belongings);
      if (id === null) throw new Error(`unknown parameter {${name}} of ${operation.method} ${operation.path}`);
      belongings.values[name] = [id];
    }
  }
}

async function firstOfList(
  { url, adminKey }: Service,
  operation: Operation,
  name: string,
  { account, values }: Belongings,
): Promise<string | null> {
  const list = operation.path.slice(0, operation.path.indexOf(`/{${name}}`));
  if (pathParameters(list).some(above => !(above in values))) return null;
  const path = fillPath(list, firstValues(values));
  const key = operation.audience === 'operator' ? adminKey : account.apiKey;
  for (let look = 0; look < LOOKS; look += 1) {
    const answer = await makeCall(url, { method: 'GET', path, key });
    if (answer.status !== 200) return null;
    const { items } = jsonOf<{ items?: { id: string }[] }>(answer);
    if (items?.[0] !== undefined) return items[0].id;
    await new Promise(resolve => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
  return null;
}

/** One value for each parameter. */
export function firstValues(values: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, [first]]) => [name, first as string]));
}
