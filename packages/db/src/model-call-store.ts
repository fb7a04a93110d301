import type { ModelCall, ModelCallStore } from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { addRows, rowsOf } from './tenant-rows.ts';

/** Where calls of models are noted down, on MySQL. */
export function createModelCallStore(database: Database): ModelCallStore {
  const { knex } = database;
  return {
    findAnswer: ({ tenantId, creationId, requestHash }) =>
      answered(database, async () => {
        const row: { answer: string; finish_reason: string | null } | undefined = await rowsOf(
          knex,
          tenantId,
          'model_calls',
        )
          .where({ creation_id: creationId, request_hash: requestHash })
          .whereNotNull('answer')
          .orderBy('id', 'desc')
          .first('answer', 'finish_reason');
        return row === undefined ? null : { answer: row.answer, finishReason: row.finish_reason };
      }),

    costSoFar: (tenantId, creationId) =>
      answered(database, async () => {
        const row: { cost_usd: string } | undefined = await rowsOf(knex, tenantId, 'role_creations')
          .where({ id: creationId })
          .first('cost_usd');
        return Number(row?.cost_usd ?? 0);
      }),

    async record(call) {
      try {
        await answered(database, () => knex.transaction(trx => noteDown(trx, call)));
      } catch (error) {
        // It was noted down before, with all that belongs to it, and only the answer to that got lost.
        if ((error as { code?: string }).code !== 'ER_DUP_ENTRY') throw error;
      }
    },
  };
}

/** The creation first, which erasing and pruning lock first too; the sums of the day, which many share, last. */
async function noteDown(trx: Knex, call: ModelCall): Promise<void> {
  const { tenantId, creationId, inputTokens, outputTokens } = call;
  const costUsd = call.costUsd.toFixed(6);
  const creations = await rowsOf(trx, tenantId, 'role_creations')
    .where({ id: creationId })
    .update({
      ai_calls: trx.raw('ai_calls + 1'),
      input_tokens: trx.raw('input_tokens + ?', [inputTokens]),
      output_tokens: trx.raw('output_tokens + ?', [outputTokens]),
      cost_usd: trx.raw('cost_usd + ?', [costUsd]),
    });
  if (creations > 0) await addRows(trx, tenantId, 'model_calls', rowOf(call, costUsd));
  const failed = call.outcome === 'ok' ? 0 : 1;
  const amounts = [failed, inputTokens, outputTokens, costUsd];
  const key = [tenantId, dayOf(call.startedAt), call.provider, call.model, shareOf(call)];
  await trx.raw(ADD_TO_DAY, [...key, ...amounts, ...amounts]);
}

/**
 * A day's sums are kept in so many shares, of which a call takes one by its request hash: the lock on a row is held until its
 * transaction is flushed to disk, and all calls of a tenant's would wait for the same one.
 */
const SHARES = 32;

const shareOf = ({ requestHash }: ModelCall) => Number.parseInt(requestHash.slice(0, 4), 16) % SHARES;

const ADD_TO_DAY = `INSERT INTO usage_days
    (tenant_id, day, provider, model, share, calls, failed_calls, input_tokens, output_tokens, cost_usd)
  VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)
  ON DUPLICATE KEY UPDATE calls = calls + 1, failed_calls = failed_calls + ?, input_tokens = input_tokens + ?,
    output_tokens = output_tokens + ?, cost_usd = cost_usd + ?`;

/** As long as the column is; it is the provider's word. */
const LONGEST_FINISH_REASON = 64;

function rowOf(call: ModelCall, costUsd: string): object {
  return {
    creation_id: call.creationId,
    id: call.id,
    request_hash: call.requestHash,
    provider: call.provider,
    model: call.model,
    started_at: call.startedAt,
    ms: call.ms,
    outcome: call.outcome,
    finish_reason: call.finishReason?.slice(0, LONGEST_FINISH_REASON) ?? null,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    cost_usd: costUsd,
    estimated: call.estimated ? 1 : 0,
    answer: call.answer,
  };
}

/** The day in UTC, as YYYY-MM-DD. */
function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
