import { hash } from 'node:crypto';
import type { TenantId, WebhookEndpointId } from '@roleforge/contracts';

/** In so many parts a tenant's addresses that are no endpoints are divided. */
export const OWN_ADDRESS_LANES = 4;

/** Where a message goes: to an endpoint; or to an address that the creation itself named. */
export type MessageTarget = { endpointId: WebhookEndpointId } | { endpointId: null; url: string };

/**
 * By what messages share their queue: each receiver has its turn, and so many tries at a time. An endpoint is a receiver. Of addresses
 * that creations name a tenant can have any number, each as slow as it likes: by their hosts they are spread over a few lanes, so
 * that a tenant is never more receivers than its endpoints and these lanes, and one host that hangs holds up only its own lane.
 */
export function receiverOf(tenantId: TenantId, target: MessageTarget): string {
  return `${tenantId}.${target.endpointId ?? `own-${laneOf(target.url)}`}`;
}

function laneOf(url: string): number {
  const host = URL.canParse(url) ? new URL(url).host : url;
  return (hash('sha256', host, 'buffer')[0] ?? 0) % OWN_ADDRESS_LANES;
}
