import {
  type BatchItemResult,
  type BatchResult,
  type StrategyId,
  type SubmitBatch,
  SubmitCreation,
} from '@roleforge/contracts';
import { IDEMPOTENT_CALLS, type NewCreation, newCreation, presentCreation } from '@roleforge/domain';
import type { z } from 'zod';
import type { AnswerAsPreferred } from '../following/finished-in-time.ts';
import { bodyProblem, problemBody, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import { acceptReserved, acceptWithinLimits, LIMITS_OF_NEW, type LimitNeeds } from '../limits/accept-within-limits.ts';
import { unknownModel } from '../missing-model.ts';
import { addressRefusal, type RefusedUrl } from '../refused-address.ts';
import type { KnownStrategy, StrategyLookup } from '../strategy-lookup.ts';

export type SubmissionNeeds = LimitNeeds & {
  strategyLookup: StrategyLookup;
  refusedUrl: RefusedUrl;
  answerAsPreferred: AnswerAsPreferred;
  clock: () => Date;
};

export const BATCH_PATH = '/v1/role-creations/batch';

/** Most fields that the problem of one item names: a thousand items must not make an answer of many megabytes. */
const MOST_FIELDS_OF_AN_ITEM = 10;

export function submissionHandlers(needs: SubmissionNeeds) {
  const { reserveRoom, strategyLookup, refusedUrl, answerAsPreferred, clock } = needs;
  return {
    async submit(input: Input<unknown, unknown, SubmitCreation>, caller: Caller): Promise<Reply> {
      const { strategyId, webhook } = input.body;
      const strategy = await strategyLookup.one(caller.tenantId, strategyId);
      const refusal = refusalOf(strategyId, strategy) ?? addressRefusal(refusedUrl, webhook?.url, '/webhook/url');
      if (refusal !== null) throw refusal;
      const at = clock();
      const creation = newCreation(input.body, { ...caller, now: at });
      const offer = { scope: IDEMPOTENT_CALLS.one, creations: [creation], answer: presentCreation(creation), at };
      const { answer, headers } = await acceptWithinLimits(needs, input, caller, offer);
      const accepted = { status: 202, body: answer, headers: { Location: answer.links.self, ...headers } };
      return answerAsPreferred({ id: answer.id, by: caller }, accepted, input);
    },

    /** Every item is judged as if it had been sent alone; those that are right are committed together. */
    async submitBatch(input: Input<unknown, unknown, SubmitBatch>, caller: Caller): Promise<Reply> {
      const parsed = input.body.items.map(item => SubmitCreation.safeParse(item));
      const named = parsed.flatMap(({ data }) => (data === undefined ? [] : [data.strategyId]));
      const known = await strategyLookup.several(caller.tenantId, named);
      const at = clock();
      const judged = parsed.map(({ data, error }, index): RequestProblem | SubmitCreation => {
        if (data === undefined) return invalidItem(error, index);
        const root = `/items/${index}`;
        return (
          refusalOf(data.strategyId, known.get(data.strategyId) ?? null, root) ??
          addressRefusal(refusedUrl, data.webhook?.url, `${root}/webhook/url`) ??
          data
        );
      });
      const right = judged.filter(item => !(item instanceof RequestProblem)).length;
      const room = await reserveRoom(caller, LIMITS_OF_NEW, right);
      const creations: NewCreation[] = [];
      const items = judged.map((item, index): BatchItemResult => {
        if (item instanceof RequestProblem) return refusedItem(index, item, caller);
        if (room.refusal !== null && creations.length >= room.granted) return refusedItem(index, room.refusal, caller);
        const creation = newCreation(item, { ...caller, now: at });
        creations.push(creation);
        return { index, status: 202, creation: presentCreation(creation) };
      });
      const answer: BatchResult = { items, accepted: creations.length, refused: items.length - creations.length };
      const offer = { scope: IDEMPOTENT_CALLS.batch, creations, answer, at };
      const accepted = await acceptReserved(needs, room, input, caller, offer);
      return { status: 202, body: accepted.answer, headers: accepted.headers };
    },
  };
}

/** Why nothing can be made under this strategy; null where something can. */
export function refusalOf(id: StrategyId, strategy: KnownStrategy | null, root = ''): RequestProblem | null {
  const pointer = `${root}/strategyId`;
  if (strategy === null) return unknownStrategy(id, pointer);
  return strategy.missingModel === null ? null : unknownModel(strategy.missingModel, pointer);
}

function unknownStrategy(id: StrategyId, pointer: string): RequestProblem {
  return new RequestProblem('unknown_strategy', `There is no strategy ${id}.`, {
    errors: [{ pointer, message: 'no such strategy' }],
  });
}

function invalidItem(error: z.ZodError, index: number): RequestProblem {
  return bodyProblem(error, ['sources'], `/items/${index}`, MOST_FIELDS_OF_AN_ITEM);
}

function refusedItem(index: number, refusal: RequestProblem, { requestId }: Caller): BatchItemResult {
  const problem = problemBody(refusal, BATCH_PATH, requestId);
  return { index, status: problem.status as 400 | 413 | 422 | 429, problem };
}
