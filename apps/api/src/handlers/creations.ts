import {
  type Creation,
  CreationId,
  type CreationListQuery,
  type StrategyId,
  type SubmitCreation,
  type TenantId,
} from '@roleforge/contracts';
import { type Database, findCreation, findTenant, listCreations } from '@roleforge/db';
import {
  type CreationRecord,
  estimateStart,
  explainWait,
  isWaiting,
  newCreation,
  presentCreation,
} from '@roleforge/domain';
import type { CreationQueue, WorkforceState } from '@roleforge/queue';
import { fromCursor, toCursor } from '../cursors.ts';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import type { Intake } from '../intake.ts';

export type CreationNeeds = {
  database: Database;
  intake: Intake;
  queue: CreationQueue;
  /** Rejects when Redis does not answer. */
  workforce: () => Promise<WorkforceState>;
  strategyExists: (tenantId: TenantId, id: StrategyId) => Promise<boolean>;
  clock: () => Date;
};

type ById = { creationId: CreationId };

export function creationHandlers({ database, intake, queue, workforce, strategyExists, clock }: CreationNeeds) {
  /** Redis alone knows the place in the queue; without it the rest is still true. */
  async function whereItWaits({ id, status, runAt }: CreationRecord): Promise<NonNullable<Creation['queue']>> {
    const known = await Promise.all([queue.place(id), workforce()]).catch(() => null);
    if (known === null) return { position: null, estimatedStartAt: null };
    const [{ position, notBefore }, { workers, startsPerSecond }] = known;
    const start = estimateStart(
      { held: status === 'held', position, notBefore: notBefore ?? runAt, workers, startsPerSecond },
      clock(),
    );
    return { position, estimatedStartAt: start?.toISOString() ?? null };
  }

  return {
    async submit({ body, bodyBytes }: Input<unknown, unknown, SubmitCreation>, caller: Caller): Promise<Reply> {
      if (!(await strategyExists(caller.tenantId, body.strategyId)))
        throw new RequestProblem('unknown_strategy', `There is no strategy ${body.strategyId}.`, {
          errors: [{ pointer: '/strategyId', message: 'no such strategy' }],
        });
      const creation = newCreation(body, { ...caller, now: clock() });
      await intake.accept(creation, bodyBytes);
      const shown = presentCreation(creation);
      return { status: 202, body: shown, headers: { Location: shown.links.self } };
    },

    async read({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const record = await findCreation(database, tenantId, params.creationId);
      if (record === null) throw notFound('role creation');
      if (!isWaiting(record.status)) return { status: 200, body: presentCreation(record) };
      return { status: 200, body: presentCreation(record, await whereItWaits(record)) };
    },

    async explain({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const { creationId: id } = params;
      const [record, tenant] = await Promise.all([
        findCreation(database, tenantId, id),
        findTenant(database, tenantId),
      ]);
      if (record === null) throw notFound('role creation');
      const known = await Promise.all([queue.place(id), queue.held([id]), workforce()]).catch(() => null);
      const facts = {
        record,
        tenantPaused: tenant !== null && tenant.pausedAt !== null,
        position: known?.[0].position ?? null,
        queued: known?.[1].has(id) ?? null,
        workers: known?.[2].workers ?? null,
        now: clock(),
      };
      return { status: 200, body: explainWait(facts) };
    },

    async list({ query }: Input<unknown, CreationListQuery, unknown>, { tenantId }: Caller): Promise<Reply> {
      const before = fromCursor(query.cursor, CreationId);
      const { items, more } = await listCreations(database, tenantId, { ...query, before });
      const last = items.at(-1);
      return {
        status: 200,
        body: {
          items: items.map(record => presentCreation(record)),
          nextCursor: more && last !== undefined ? toCursor(last.id) : null,
        },
      };
    },
  };
}
