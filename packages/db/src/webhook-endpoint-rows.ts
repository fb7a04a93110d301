import type { TenantId, WebhookEndpoint, WebhookEndpointId, WebhookEvent } from '@roleforge/contracts';
import { parse } from './creation-rows.ts';

/** A row of `webhook_endpoints`. */
export type EndpointRow = {
  tenant_id: TenantId;
  id: WebhookEndpointId;
  url: string;
  description: string | null;
  /** The events that it is told of, in JSON; `null`, in JSON, for everything. */
  events: string;
  secret: string;
  old_secret: string | null;
  old_secret_until: Date | null;
  status: WebhookEndpoint['status'];
  disabled_at: Date | null;
  disabled_reason: string | null;
  failing_since: Date | null;
  last_failure: string | null;
  created_at: Date;
  updated_at: Date;
};

/** What is read of endpoints that are to be shown: no secret is among it. */
export const SHOWN_OF_ENDPOINTS = [
  'id',
  'url',
  'description',
  'events',
  'old_secret_until',
  'status',
  'disabled_at',
  'disabled_reason',
  'failing_since',
  'last_failure',
  'created_at',
  'updated_at',
] as const satisfies (keyof EndpointRow)[];

/** An endpoint as its owner sees it at `now`. */
export function toWebhookEndpoint(
  row: Pick<EndpointRow, (typeof SHOWN_OF_ENDPOINTS)[number]>,
  now: Date,
): WebhookEndpoint {
  const until = row.old_secret_until;
  return {
    id: row.id,
    object: 'webhook_endpoint',
    url: row.url,
    description: row.description,
    events: parse<WebhookEvent[] | null>(row.events),
    status: row.status,
    disabledAt: row.disabled_at?.toISOString() ?? null,
    disabledReason: row.disabled_reason,
    failingSince: row.failing_since?.toISOString() ?? null,
    lastFailure: row.last_failure,
    oldSecretUntil: until !== null && until > now ? until.toISOString() : null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
