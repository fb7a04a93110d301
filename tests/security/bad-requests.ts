import type { BadRequest } from './bad-request.ts';
import { jsonOf, makeCall } from './calls.ts';
import { badRequest } from './mutations.ts';
import { type Belongings, giveOneOfEverything } from './one-of-everything.ts';
import type { Operation, ServiceDocument } from './operations.ts';
import { createRandom } from './random.ts';
import { createSender, type Outcome } from './send-badly.ts';
import type { Service } from './service.ts';

const CONNECTIONS = 32;
/** Before memory is looked at for the first time: by then all code has been compiled, and the heap is as large as the load asks for. */
const WARM_UP = 2_000;
/** So long the api may take to give back what it no longer needs, in milliseconds: it does so when there is little to do. */
const GIVEN_BACK_WITHIN_MS = 20_000;
/** After so many requests most of what there was has been deleted: the tenant is given everything anew. */
const BEFORE_MORE = 2_500;
/** So many of a kind are shown. */
const MOST_EXAMPLES = 3;

type Class = '2xx' | '3xx' | '4xx' | '5xx' | 'closed' | 'hung';
export type RouteCounts = { operation: Operation; sent: number; by: Record<Class, number> };
export type BadReport = { counts: RouteCounts[]; wrong: string[]; summary: string };

type Run = {
  /** Whose things the tenants' calls are about, and whose the operator's calls may suspend, limit and end. */
  tenants: [Belongings, Belongings];
  requests: number;
  seed: number;
  signal: AbortSignal;
};

/** Sends every route its share of requests that are right but for one to three things, and says what came of them. */
export async function sendBadRequests(
  service: Service,
  document: ServiceDocument,
  { tenants: [user, sandbox], requests, seed, signal }: Run,
): Promise<BadReport> {
  const random = createRandom(seed);
  const sender = createSender(service.port, CONNECTIONS);
  const surroundings = {
    document,
    keys: { tenant: user.account.apiKey, operator: service.adminKey, open: user.account.apiKey },
    values: { tenant: user.values, operator: sandbox.values, open: {} },
    webhookUrl: service.receiver.url,
  };
  const counts = document.operations.map(
    (operation): RouteCounts => ({
      operation,
      sent: 0,
      by: { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, closed: 0, hung: 0 },
    }),
  );
  const wrong = new Map<string, string[]>();
  const startedAt = performance.now();
  let sent = 0;
  let memoryBefore = 0;
  const sendOn = async (until: number) => {
    while (sent < until && !signal.aborted) {
      const route = counts[sent % counts.length] as RouteCounts;
      sent += 1;
      if (sent === Math.min(WARM_UP, requests)) memoryBefore = service.memoryOfApi();
      const request = badRequest(route.operation, surroundings, random);
      const outcome = await sender.send(request);
      route.sent += 1;
      route.by[classOf(outcome)] += 1;
      for (const fault of faultsOf(request, outcome, document))
        wrong.set(fault, [...(wrong.get(fault) ?? []), exampleOf(request, outcome)]);
    }
  };
  try {
    while (sent < requests && !signal.aborted) {
      if (sent > 0) surroundings.values.tenant = (await replenish(service, document, user, sent)).values;
      const until = Math.min(sent + BEFORE_MORE, requests);
      await Promise.all(Array.from({ length: CONNECTIONS }, () => sendOn(until)));
    }
  } finally {
    sender.close();
  }
  signal.throwIfAborted();
  const seconds = (performance.now() - startedAt) / 1000;
  const memory = { before: memoryBefore, after: await memoryInQuiet(service, 2 * memoryBefore) };
  const remains = await whatRemains(service, user, memory);
  const total = (outcome: Class) => counts.reduce((sum, { by }) => sum + by[outcome], 0);
  return {
    counts,
    wrong: [...wrong]
      .flatMap(([fault, examples]) => [
        `${fault} (${examples.length} times)\n${examples.slice(0, MOST_EXAMPLES).join('\n')}`,
      ])
      .concat(remains),
    summary: `${sent} requests in ${seconds.toFixed(1)} s (${Math.round(sent / seconds)} a second): ${total('5xx')} with 5xx, ${total('hung')} hung; the api had ${megabytes(memory.before)} MB and has ${megabytes(memory.after)} MB`,
  };
}

/** What the api has in memory as soon as that is no more than `most`; or else when it has had its time. */
async function memoryInQuiet({ memoryOfApi }: Service, most: number): Promise<number> {
  const until = performance.now() + GIVEN_BACK_WITHIN_MS;
  while (memoryOfApi() > most && performance.now() < until) await new Promise(resolve => setTimeout(resolve, 500));
  return memoryOfApi();
}

async function replenish(
  service: Service,
  document: ServiceDocument,
  { account }: Belongings,
  sent: number,
): Promise<Belongings> {
  await resumeAll(service, account.apiKey);
  await removeEndpoints(service.url, account.apiKey);
  // By new names: what was cut off a moment ago may still be carried out.
  const name = `after-${sent}`;
  return giveOneOfEverything(service, document, account, { taskId: name, strategyId: name, idempotencyKey: name });
}

/** A tenant may have a few endpoints of webhooks, and by now bad requests that were none have made all of them. */
async function removeEndpoints(url: string, key: string): Promise<void> {
  const path = '/v1/webhook-endpoints';
  const list = await makeCall(url, { method: 'GET', path: `${path}?limit=100`, key });
  if (list.status !== 200) return;
  for (const { id } of jsonOf<{ items: { id: string }[] }>(list).items)
    await makeCall(url, { method: 'DELETE', path: `${path}/${id}`, key });
}

/** What a bad request that was none may have paused. */
async function resumeAll({ url, adminKey }: Service, apiKey: string): Promise<void> {
  await makeCall(url, { method: 'POST', path: '/v1/tenant/resume', key: apiKey });
  await makeCall(url, { method: 'POST', path: '/admin/v1/system/resume', key: adminKey });
}

const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);

function classOf(outcome: Outcome): Class {
  if (outcome.kind !== 'answered') return outcome.kind;
  if (outcome.status < 300) return '2xx';
  return outcome.status < 400 ? '3xx' : outcome.status < 500 ? '4xx' : '5xx';
}

/** What must not be read in an answer to somebody outside: where our files are, what our code and our database say. */
const INNARDS =
  /\n\s+at |node_modules|node:internal|file:\/\/|\/(apps|packages)\/\w+\/src|\bER_[A-Z_]+|sqlMessage|\bSQLSTATE|ECONN|(Type|Reference|Range|Syntax)Error|Cannot read prop|\b(SELECT|UPDATE|DELETE|INSERT)\b[^"]* (FROM|SET|INTO|WHERE) /;

/** What Node itself answers to what is no request, before the service hears of it. */
const BARE_STATUSES = new Set([400, 408, 413, 431]);
/** What any request may come to before it is known which call it is for. */
const OF_ANY_CALL = new Set([417]);

function faultsOf(
  { operation, method, sending, done }: BadRequest,
  outcome: Outcome,
  { codes }: ServiceDocument,
): string[] {
  if (outcome.kind === 'hung') return ['neither answered nor closed'];
  if (outcome.kind === 'closed')
    return sending === 'whole' && outcome.why !== 'EPIPE' && outcome.why !== 'ECONNRESET'
      ? [`closed: ${outcome.why}`]
      : [];
  const { status, type, text } = outcome;
  if (status >= 500) return [`answered with ${status}`];
  if (status < 400) return [];
  const name = `${operation.method} ${operation.path}`;
  if (text === '' && (method === 'HEAD' || BARE_STATUSES.has(status))) return [];
  const problem = parsed(text);
  if (!type.startsWith('application/problem+json') || problem === null)
    return [`${name}: ${status} that is no problem+json`];
  const faults: string[] = [];
  if (!codes.has(problem.code ?? ''))
    faults.push(`${name}: the code ${problem.code}, which the document does not have`);
  if (INNARDS.test(text.replace(problem.instance ?? '', ''))) faults.push(`${name}: an answer with our innards`);
  const elsewhere = done.some(change => ['path', 'method', 'raw'].includes(change));
  if (!elsewhere && !OF_ANY_CALL.has(status) && !operation.statuses.has(status))
    faults.push(`${name}: ${status} ${problem.code}, which the document does not say`);
  return faults;
}

function parsed(text: string): { code?: string; instance?: string } | null {
  try {
    return JSON.parse(Buffer.from(text, 'latin1').toString());
  } catch {
    return null;
  }
}

const SHOWN = 300;

function exampleOf({ method, target, headers, body, done, bytes }: BadRequest, outcome: Outcome): string {
  const ours = headers.filter(([name]) => name !== 'Authorization').map(pair => pair.join(': '));
  const said =
    bytes === undefined
      ? `${method} ${target} | ${ours.join(' | ')} | ${body ?? ''}`
      : JSON.stringify(bytes.toString('latin1').replace(/Bearer \S+/, 'Bearer …'));
  const came = outcome.kind === 'answered' ? `${outcome.status} ${outcome.text}` : outcome.kind;
  return `    [${done.join(', ')}] ${said.slice(0, SHOWN)}\n      → ${came.slice(0, SHOWN)}`;
}

/** Whether the service is what it was before. */
async function whatRemains(
  service: Service,
  user: Belongings,
  memory: { before: number; after: number },
): Promise<string[]> {
  const { url, ended } = service;
  const wrong = ended.map(how => `a process has ended, ${how}`);
  const ready = await makeCall(url, { method: 'GET', path: '/readyz' });
  if (ready.status !== 200) wrong.push(`/readyz says ${ready.status}: ${ready.text}`);
  if (memory.after > 2 * memory.before)
    wrong.push(`the api had ${megabytes(memory.before)} MB, and has ${megabytes(memory.after)} MB`);
  await resumeAll(service, user.account.apiKey);
  const sources = { baseInfo: { name: 'After all', locale: 'en' } };
  const body = { taskId: 'after-all', strategyId: 'concise', sources };
  const still = await makeCall(url, { method: 'POST', path: '/v1/role-creations', key: user.account.apiKey, body });
  if (still.status !== 202) wrong.push(`a good request is answered with ${still.status}: ${still.text}`);
  return wrong;
}
