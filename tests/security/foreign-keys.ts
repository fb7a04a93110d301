import { SCOPES, type Scope } from '@roleforge/contracts';
import { type Answer, makeCall } from './calls.ts';
import { type Belongings, CHOSEN_NAMES, firstValues, SHARED_KEY } from './one-of-everything.ts';
import { type Operation, pathParameters, type ServiceDocument } from './operations.ts';
import type { Account, Service } from './service.ts';
import { addressOf, validValue } from './valid-value.ts';

/** What one route did with those who had no business there. */
export type RouteReport = {
  operation: Operation;
  /** Calls that were made. */
  calls: number;
  /** With a stranger's key, and ids that are another tenant's: the statuses. */
  foreign: Set<number>;
  noKey: number;
  /** With a key of the tenant's own that lacks the scope; null where any key will do. */
  noScope: number | null;
  wrong: string[];
};

/** What makes something under a name of the caller's choice comes last: until then a stranger has nothing of the same name. */
const ORDER = ['GET', 'POST', 'PATCH', 'DELETE', 'PUT'];

/** Keys of a tenant's, each with all scopes but one. */
export async function keysLackingScopes(service: Service, account: Account): Promise<Map<Scope, string>> {
  const keys = new Map<Scope, string>();
  for (const scope of SCOPES)
    keys.set(
      scope,
      await service.newKey(
        account,
        SCOPES.filter(other => other !== scope),
      ),
    );
  return keys;
}

/** The calls that make something under a name that the caller chooses: a stranger gets one of its own. */
const MAKES_ITS_OWN = /^PUT \/v1\/(tasks|strategies)\//;

/**
 * Calls every route as a stranger would: with another tenant's key and the owner's ids, with ids that nobody has, without a key, and
 * with a key that may not do it.
 */
export async function walkRoutes(
  service: Service,
  document: ServiceDocument,
  owner: Belongings,
  stranger: Account,
  /** Keys of the owner's own, by the scope that they lack. */
  lacking: ReadonlyMap<Scope, string>,
): Promise<RouteReport[]> {
  const sorted = document.operations.toSorted((a, b) => ORDER.indexOf(a.method) - ORDER.indexOf(b.method));
  const reports: RouteReport[] = [];
  for (const operation of sorted) reports.push(await walkRoute(operation));
  return reports;

  async function walkRoute(operation: Operation): Promise<RouteReport> {
    const report: RouteReport = { operation, calls: 0, foreign: new Set(), noKey: 0, noScope: null, wrong: [] };
    const call = async (path: string, key: string | undefined, values: Record<string, string>) => {
      report.calls += 1;
      const answer = await makeCall(service.url, {
        method: operation.method,
        path,
        key,
        body: bodyFor(operation, document, values),
        headers: headersFor(operation, values),
      });
      for (const [secret] of answer.text.matchAll(ISSUED)) service.secrets.add(secret);
      return answer;
    };
    const usual = firstValues(owner.values);
    const path = addressOf(operation, document, usual);

    const noKey = await call(path, undefined, usual);
    report.noKey = noKey.status;
    if (operation.audience === 'open') {
      if (noKey.status !== 200) report.wrong.push(`without a key: ${noKey.status}, not 200`);
      return openToAll();
    }
    if (noKey.status !== 401) report.wrong.push(`without a key: ${noKey.status}, not 401`);
    leaks(noKey, 'without a key', []);

    if (operation.audience === 'operator') {
      const answer = await call(path, owner.account.apiKey, usual);
      report.foreign.add(answer.status);
      if (answer.status !== 401 && answer.status !== 403)
        report.wrong.push(`with a tenant's key: ${answer.status}, not 401 or 403`);
      leaks(answer, 'with a tenant’s key', []);
      return report;
    }
    const operatorKey = await call(path, service.adminKey, usual);
    if (operatorKey.status !== 401) report.wrong.push(`with the operator's key: ${operatorKey.status}, not 401`);
    if (operation.scope !== null) {
      const answer = await call(path, lacking.get(operation.scope), usual);
      report.noScope = answer.status;
      if (answer.status !== 403) report.wrong.push(`without the scope ${operation.scope}: ${answer.status}, not 403`);
      leaks(answer, 'without the scope', []);
    }
    for (const values of combinations(operation, owner)) await asStranger(values);
    return report;

    /** What is for anybody has nothing of anybody’s in it, whoever asks. */
    async function openToAll(): Promise<RouteReport> {
      for (const key of [undefined, stranger.apiKey, owner.account.apiKey, service.adminKey]) {
        const answer = await call(path, key, usual);
        report.foreign.add(answer.status);
        if (answer.status !== 200) report.wrong.push(`open, and yet ${answer.status}`);
        leaks(answer, 'as a stranger', []);
      }
      return report;
    }

    async function asStranger(values: Record<string, string>): Promise<void> {
      const names = pathParameters(operation.path);
      // First those that nobody has: a stranger's call may make something of the owner's name.
      const nowhere = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, likeIt(name, value)]));
      const unknown = await call(addressOf(operation, document, nowhere), stranger.apiKey, nowhere);
      const answer = await call(addressOf(operation, document, values), stranger.apiKey, values);
      report.foreign.add(answer.status);
      leaks(
        answer,
        'as a stranger',
        names.map(name => values[name] as string),
      );
      if (names.length > 0 && !MAKES_ITS_OWN.test(`${operation.method} ${operation.path}`) && answer.status !== 404)
        report.wrong.push(
          `as a stranger, with ${names.map(name => values[name]).join(', ')}: ${answer.status}, not 404`,
        );
      if (names.length === 0 && answer.status >= 500) report.wrong.push(`as a stranger: ${answer.status}`);
      const [here, there] = [judgedOf(answer, values), judgedOf(unknown, nowhere)];
      if (here !== there) report.wrong.push(`what is another's differs from what is nobody's:\n${here}\n${there}`);
    }

    /** @param sent ids that the call itself named: an answer may name its own address */
    function leaks({ text }: Answer, how: string, sent: readonly string[]): void {
      const named = owner.private.filter(
        secret => text.includes(secret) && !(how === 'as a stranger' && sent.includes(secret)),
      );
      const foreign = how === 'as a stranger' ? named : named.filter(secret => secret === owner.marker);
      for (const secret of foreign)
        report.wrong.push(`${how}, the answer has ${secret} of another's: ${text.slice(0, 400)}`);
    }
  }
}

/** The owner's values for a route; one set for each of several creations; and for what a body names, one with a strategy for all. */
function combinations(operation: Operation, { values }: Belongings): Record<string, string>[] {
  const usual = firstValues(values);
  const names = pathParameters(operation.path);
  if (names.length === 0 && operation.body !== null) return [usual, { ...usual, strategyId: 'default' }];
  if (!names.includes('creationId')) return [usual];
  return (values.creationId ?? []).map(creationId => ({ ...usual, creationId }));
}

/** A body that is valid, and about the owner's things wherever it names any. */
function bodyFor({ body }: Operation, { schemas }: ServiceDocument, values: Record<string, string>): unknown {
  if (body === null) return undefined;
  const { taskId, strategyId } = values;
  return validValue(body, schemas, {
    known: { taskId, strategyId, filter: {}, dryRun: false, since: '2026-01-01T00:00:00Z' },
  });
}

/** The key under which the owner has made a call; another where the call names what nobody has. */
function headersFor({ parameters, streams }: Operation, { taskId }: Record<string, string>): Record<string, string> {
  const takes = (header: string) => parameters.some(({ name }) => name.toLowerCase() === header);
  return {
    ...(takes('prefer') ? { prefer: 'wait=20' } : {}),
    ...(takes('idempotency-key')
      ? { 'idempotency-key': taskId?.startsWith('not-') ? `${SHARED_KEY}-2` : SHARED_KEY }
      : {}),
    ...(streams ? { accept: 'text/event-stream' } : {}),
  };
}

/** An id of the same form that nobody has; a name that nobody has chosen. */
export function likeIt(name: string, value: string): string {
  if (/^[a-z]+_[0-9a-z]{26}$/.test(value)) return `${value.slice(0, -20)}${'0'.repeat(20)}`;
  if (value === 'default') return value;
  return CHOSEN_NAMES.has(name) && !/^\d+$/.test(value) ? `not-${value}` : value;
}

/** Secrets that calls hand out, once. */
const ISSUED = /\b(rf_live_|whsec_)[\w+/=-]+/g;

/** An answer without what differs from call to call: what it was asked for, its own ids, times, counts and new secrets. */
function judgedOf({ status, text }: Answer, values: Record<string, string>): string {
  let body = text.slice(text.indexOf('\n\n') + 2);
  for (const [name, value] of Object.entries(values)) if (value.length > 3) body = body.replaceAll(value, `{${name}}`);
  return `${status} ${body
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '{uuid}')
    .replaceAll(/\b[a-z]+_[0-9a-hjkmnp-tv-z]{26}\b/g, '{id}')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '{time}')
    .replaceAll(ISSUED, '{secret}')
    .replaceAll(/"hint":"\w+"/g, '"hint":{}')
    .replaceAll(/"(estimatedStartAt|position)":[^,}]+/g, '"$1":{}')
    .replaceAll(/:\d+(\.\d+)?(?=[,}\]])/g, ':{number}')}`;
}
