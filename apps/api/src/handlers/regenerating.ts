import {
  type Creation,
  type RegenerateRole,
  type RoleId,
  type StrategyId,
  SubmitCreation,
  type TenantId,
} from '@roleforge/contracts';
import { type Database, findRole, type SourceStore } from '@roleforge/db';
import {
  IDEMPOTENT_CALLS,
  newCreation,
  presentCreation,
  type RoleVersionRecord,
  stalePartsOfRole,
} from '@roleforge/domain';
import { answeredBefore } from '../accept-once.ts';
import type { AnswerAsPreferred } from '../following/finished-in-time.ts';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import { acceptWithinLimits, type LimitNeeds } from '../limits/accept-within-limits.ts';
import { addressRefusal, type RefusedUrl } from '../refused-address.ts';
import type { StrategyLookup } from '../strategy-lookup.ts';
import { refusalOf } from './submissions.ts';

export type RegeneratingNeeds = LimitNeeds & {
  database: Database;
  sources: SourceStore;
  strategyLookup: StrategyLookup;
  refusedUrl: RefusedUrl;
  answerAsPreferred: AnswerAsPreferred;
  clock: () => Date;
};

type Request = Input<{ roleId: RoleId }, unknown, RegenerateRole | undefined>;

export function regeneratingHandlers(needs: RegeneratingNeeds) {
  const { database, sources, findAnswer, strategyLookup, refusedUrl, answerAsPreferred, clock } = needs;
  const scope = IDEMPOTENT_CALLS.regenerate;

  async function partsToWrite(tenantId: TenantId, role: RoleVersionRecord, body: RegenerateRole | undefined) {
    if (body?.sections !== undefined) return body.sections;
    const stale = stalePartsOfRole(role, await sources.readDigests(tenantId, role.taskId));
    if (stale.length > 0) return stale;
    throw new RequestProblem('conflict', 'No part of the role is stale: name the `sections` that are to be rewritten.');
  }

  async function knownStrategy(tenantId: TenantId, id: StrategyId): Promise<StrategyId> {
    const refusal = refusalOf(id, await strategyLookup.one(tenantId, id));
    if (refusal !== null) throw refusal;
    return id;
  }

  return {
    async regenerate(input: Request, caller: Caller): Promise<Reply> {
      const { tenantId } = caller;
      const { roleId } = input.params;
      const at = clock();
      // The same body means another thing for another role.
      const request = { ...input, json: { roleId, body: input.json ?? {} } };
      const answerWith = ({ answer, headers }: { answer: Creation; headers: Record<string, string> }) =>
        answerAsPreferred(
          { id: answer.id, by: caller },
          { status: 202, body: answer, headers: { Location: answer.links.self, ...headers } },
          input,
        );

      // A repetition may come when nothing is stale any more, just because the first request has been carried out.
      const before = await answeredBefore<Creation>(findAnswer, request, caller, { scope, at });
      if (before !== null) return answerWith(before);

      const role = await findRole(database, tenantId, roleId);
      if (role === null) throw notFound('role');
      const { strategyId = role.writer.strategyId, sections: _, ...wishes } = input.body ?? {};
      await knownStrategy(tenantId, strategyId);
      const refusal = addressRefusal(refusedUrl, input.body?.webhook?.url, '/webhook/url');
      if (refusal !== null) throw refusal;
      const regenerate = { baseVersion: role.version, sections: await partsToWrite(tenantId, role, input.body) };
      const submit = SubmitCreation.parse({ taskId: role.taskId, strategyId, ...wishes });
      const creation = newCreation(submit, { ...caller, now: at }, regenerate);
      const offer = { scope, creations: [creation], answer: presentCreation(creation), at };
      return answerWith(await acceptWithinLimits(needs, request, caller, offer));
    },
  };
}
