import {
  CreationId,
  type CreationListQuery,
  type StrategyId,
  type SubmitCreation,
  type TenantId,
} from '@roleforge/contracts';
import { cancelWaiting, type Database, findCreation, listCreations } from '@roleforge/db';
import { isWaiting, newCreation, presentCreation } from '@roleforge/domain';
import type { CreationQueue, EventLog, NewEvent } from '@roleforge/queue';
import { fromCursor, toCursor } from '../cursors.ts';
import type { AnswerAsPreferred } from '../following/finished-in-time.ts';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import type { Intake } from '../intake.ts';

export type CreationNeeds = {
  database: Database;
  intake: Intake;
  queue: CreationQueue;
  events: EventLog;
  strategyExists: (tenantId: TenantId, id: StrategyId) => Promise<boolean>;
  answerAsPreferred: AnswerAsPreferred;
  clock: () => Date;
};

type ById = { creationId: CreationId };

export function creationHandlers(needs: CreationNeeds) {
  const { database, intake, queue, events, strategyExists, answerAsPreferred, clock } = needs;
  return {
    async submit(input: Input<unknown, unknown, SubmitCreation>, caller: Caller): Promise<Reply> {
      const { body, bodyBytes } = input;
      if (!(await strategyExists(caller.tenantId, body.strategyId)))
        throw new RequestProblem('unknown_strategy', `There is no strategy ${body.strategyId}.`, {
          errors: [{ pointer: '/strategyId', message: 'no such strategy' }],
        });
      const creation = newCreation(body, { ...caller, now: clock() });
      await intake.accept(creation, bodyBytes);
      const shown = presentCreation(creation);
      return answerAsPreferred(creation, { status: 202, body: shown, headers: { Location: shown.links.self } }, input);
    },

    async read({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const record = await findCreation(database, tenantId, params.creationId);
      if (record === null) throw notFound('role creation');
      if (!isWaiting(record.status)) return { status: 200, body: presentCreation(record) };
      // Redis only knows the place in the queue; without it the rest is still true.
      const position = await queue.position(record.id).catch(() => null);
      return { status: 200, body: presentCreation(record, { position, estimatedStartAt: null }) };
    },

    async cancel({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const cancelled = await cancelWaiting(database, tenantId, params.creationId, clock());
      const record = await findCreation(database, tenantId, params.creationId);
      if (record === null) throw notFound('role creation');
      const creation = presentCreation(record);
      if (cancelled) {
        // The ledger has decided. A job that stays behind finds nothing to do; an event that is lost was a convenience.
        await queue.remove(record.id).catch(() => {});
        await events.append(record.id, { type: 'role_creation.cancelled', data: creation } as NewEvent).catch(() => {});
      } else if (record.status !== 'cancelled') {
        throw new RequestProblem(
          'conflict',
          `It is ${record.status}: only a role creation that waits can be cancelled.`,
        );
      }
      return { status: 200, body: creation };
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
