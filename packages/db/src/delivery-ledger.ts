import type { DeliveryId, TenantId, WebhookEndpointId } from '@roleforge/contracts';
import {
  type DeliveryDecision,
  type DeliveryLedger,
  type DeliveryTry,
  endpointNews,
  type TakeDeliveryResult,
  type TakenDelivery,
} from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { rowsOf } from './tenant-rows.ts';
import { ensureWebhookSecret } from './webhook-secrets.ts';

/** A worker's side of the outbox, on MySQL. */
export function createDeliveryLedger(database: Database, clock: () => Date = () => new Date()): DeliveryLedger {
  const { knex } = database;
  return {
    take: (tenantId, id) => answered(database, () => take(knex, tenantId, id, clock())),
    conclude: (delivery, made, decision) =>
      answered(database, () => knex.transaction(trx => conclude(trx, delivery, made, decision, clock()))),
  };
}

const DETAIL_LENGTH = 300;

type Row = {
  endpoint_id: WebhookEndpointId | null;
  url: string;
  body: string;
  attempts: number;
  attempts_before: number;
  next_attempt_at: Date | null;
  traceparent: string | null;
  endpoint_status: string | null;
  endpoint_url: string | null;
  secret: string | null;
  old_secret: string | null;
  old_secret_until: Date | null;
  tenant_secret: string | null;
  old_tenant_secret: string | null;
  old_tenant_secret_until: Date | null;
};

async function take(knex: Knex, tenantId: TenantId, id: DeliveryId, now: Date): Promise<TakeDeliveryResult> {
  const delivery = () => rowsOf(knex, tenantId, 'webhook_deliveries').where('webhook_deliveries.id', id);
  // LAST_INSERT_ID(x) hands the new epoch back with the answer, so that no later taker's can be mistaken for it.
  const { sql, bindings } = delivery()
    .where('status', 'pending')
    .where('next_attempt_at', '<=', now)
    .update({ attempt_epoch: knex.raw('LAST_INSERT_ID(attempt_epoch + 1)') })
    .toSQL()
    .toNative();
  const [{ affectedRows, insertId: epoch }] = await knex.raw(sql, [...bindings]);
  if (affectedRows === 0) {
    const row = await delivery().where('status', 'pending').first('next_attempt_at');
    return row?.next_attempt_at instanceof Date ? { kind: 'early', at: row.next_attempt_at } : { kind: 'over' };
  }
  const row: Row | undefined = await delivery()
    .join('tenants AS t', 't.id', 'webhook_deliveries.tenant_id')
    .leftJoin('webhook_endpoints AS e', join =>
      join.on('e.tenant_id', 'webhook_deliveries.tenant_id').andOn('e.id', 'webhook_deliveries.endpoint_id'),
    )
    .first(
      'endpoint_id',
      'webhook_deliveries.url',
      'body',
      'attempts',
      'attempts_before',
      'next_attempt_at',
      'traceparent',
      {
        endpoint_status: 'e.status',
        endpoint_url: 'e.url',
        secret: 'e.secret',
        old_secret: 'e.old_secret',
        old_secret_until: 'e.old_secret_until',
      },
      {
        tenant_secret: 't.webhook_secret',
        old_tenant_secret: 't.old_webhook_secret',
        old_tenant_secret_until: 't.old_webhook_secret_until',
      },
    );
  if (row === undefined) return { kind: 'over' };
  const { endpoint_id: endpointId, body, attempts, attempts_before: before, traceparent } = row;
  // Its owner may have mended the address meanwhile.
  const url = row.endpoint_url ?? row.url;
  if (endpointId !== null && row.endpoint_status !== 'enabled') {
    await delivery()
      .where({ status: 'pending', attempt_epoch: epoch })
      .update({ status: 'failed', next_attempt_at: null, finished_at: now });
    return { kind: 'over' };
  }
  const secrets =
    endpointId === null
      ? await tenantSecrets(knex, tenantId, row, now)
      : inForce(row.secret, row.old_secret, row.old_secret_until, now);
  return {
    kind: 'taken',
    delivery: { tenantId, id, epoch, endpointId, url, body, secrets, tries: attempts - before + 1, traceparent },
  };
}

async function tenantSecrets(knex: Knex, tenantId: TenantId, row: Row, now: Date): Promise<string[]> {
  // Nobody has asked for it before, and so nobody can check what it signs yet; but whoever asks from now on can.
  if (row.tenant_secret === null) return [(await ensureWebhookSecret(knex, tenantId)).secret];
  return inForce(row.tenant_secret, row.old_tenant_secret, row.old_tenant_secret_until, now);
}

function inForce(secret: string | null, old: string | null, oldUntil: Date | null, now: Date): string[] {
  const overlapping = oldUntil !== null && oldUntil > now ? old : null;
  return [secret, overlapping].filter(one => one !== null);
}

async function conclude(
  trx: Knex,
  { tenantId, id, epoch, endpointId, url }: TakenDelivery,
  made: DeliveryTry,
  decision: DeliveryDecision,
  now: Date,
): Promise<boolean> {
  const delivery = rowsOf(trx, tenantId, 'webhook_deliveries').where('id', id);
  const changed: number = await delivery
    .clone()
    .where({ status: 'pending', attempt_epoch: epoch })
    .update({ url, attempts: trx.raw('attempts + 1'), ...deliveryAfter(decision, now) });
  if (changed === 0) return false;
  const { attempts } = await delivery.clone().first('attempts');
  const detail = made.detail?.slice(0, DETAIL_LENGTH) ?? null;
  await rowsOf(trx, tenantId, 'webhook_attempts').insert({
    tenant_id: tenantId,
    delivery_id: id,
    number: attempts,
    at: made.at,
    ms: made.ms,
    outcome: made.outcome,
    status_code: made.statusCode,
    detail,
  });
  if (endpointId !== null) await noteAtEndpoint(trx, tenantId, endpointId, made, decision.kind === 'gone', now);
  return true;
}

function deliveryAfter(decision: DeliveryDecision, now: Date): object {
  switch (decision.kind) {
    case 'delivered':
      return { status: 'delivered', next_attempt_at: null, finished_at: now };
    case 'retry':
      return { next_attempt_at: decision.at };
    case 'failed':
    case 'gone':
      return { status: 'failed', next_attempt_at: null, finished_at: now };
  }
}

async function noteAtEndpoint(
  trx: Knex,
  tenantId: TenantId,
  endpointId: WebhookEndpointId,
  made: DeliveryTry,
  gone: boolean,
  now: Date,
): Promise<void> {
  const endpoint = () => rowsOf(trx, tenantId, 'webhook_endpoints').where('id', endpointId);
  const failure = made.outcome === 'delivered' ? null : inWords(made);
  // What goes well at an endpoint that is well needs no lock on its row, for which its other deliveries would wait.
  const read = failure === null ? endpoint() : endpoint().forUpdate();
  const row: { failing_since: Date | null; status: string } | undefined = await read.first('failing_since', 'status');
  if (row === undefined || (failure === null && row.failing_since === null)) return;
  const { failingSince, disabledBecause } = endpointNews(row.failing_since, { failure, gone }, now);
  await endpoint().update({
    failing_since: failingSince,
    ...(failure === null ? {} : { last_failure: failure }),
    ...(disabledBecause === null || row.status !== 'enabled'
      ? {}
      : { status: 'disabled', disabled_at: now, disabled_reason: disabledBecause, updated_at: now }),
  });
}

function inWords({ at, outcome, statusCode, detail }: DeliveryTry): string {
  const answer = statusCode === null ? '' : ` (HTTP ${statusCode})`;
  return `${at.toISOString()} ${outcome}${answer}${detail === null ? '' : `: ${detail}`}`;
}
