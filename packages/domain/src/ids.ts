import { hash, randomFillSync } from 'node:crypto';
import type {
  ApiKeyId,
  AuditEntryId,
  BulkId,
  CreationId,
  DeliveryId,
  RoleId,
  TaskId,
  TenantId,
  WebhookEndpointId,
} from '@roleforge/contracts';
import { decodeTime, encodeTime, monotonicFactory, ulid } from 'ulid';

const pool = new Uint8Array(4096);
let used = pool.length;

/** A random number in [0, 1), one byte fine, as ulid asks for: taken from a pool, since asking for a byte each time is slow. */
function random(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const byte = pool[used] as number;
  used += 1;
  return byte / 256;
}

/** Within one process ids made in the same millisecond still rise, so that their order is the order of acceptance. */
const nextUlid = monotonicFactory(random);

/** A new creation's id: a ULID in lower case, which begins with `atMs` (Unix milliseconds). */
export function newCreationId(atMs: number): CreationId {
  return `rc_${nextUlid(atMs).toLowerCase()}` as CreationId;
}

/** When a creation was accepted, in Unix milliseconds: its id says so. */
export function acceptedAtMs(id: CreationId): number {
  return decodeTime(id.slice('rc_'.length).toUpperCase());
}

export function newTenantId(): TenantId {
  return `tenant_${ulid().toLowerCase()}` as TenantId;
}

export function newApiKeyId(): ApiKeyId {
  return `key_${ulid().toLowerCase()}` as ApiKeyId;
}

export function newWebhookEndpointId(): WebhookEndpointId {
  return `whe_${ulid().toLowerCase()}` as WebhookEndpointId;
}

/** Ids of deliveries rise with the time at which they are made. */
export function newDeliveryId(atMs: number): DeliveryId {
  return `msg_${nextUlid(atMs).toLowerCase()}` as DeliveryId;
}

/** Ids of entries rise with the time of what they tell. */
export function newAuditEntryId(atMs: number): AuditEntryId {
  return `audit_${nextUlid(atMs).toLowerCase()}` as AuditEntryId;
}

export function newBulkId(atMs: number): BulkId {
  return `bulk_${nextUlid(atMs).toLowerCase()}` as BulkId;
}

/** The id of a call of a model: those of later calls are greater. */
export function newModelCallId(atMs: number): string {
  return `call_${nextUlid(atMs).toLowerCase()}`;
}

/** The least id that a creation made at `atMs` (Unix milliseconds) or later can have: turns a time filter into a key range. */
export function firstCreationIdAt(atMs: number): CreationId {
  return `rc_${encodeTime(Math.max(0, atMs), 10).toLowerCase()}${'0'.repeat(16)}` as CreationId;
}

/** As `firstCreationIdAt`, of webhook deliveries. */
export function firstDeliveryIdAt(atMs: number): DeliveryId {
  return firstCreationIdAt(atMs).replace(/^rc/, 'msg') as DeliveryId;
}

/** As `firstCreationIdAt`, of entries of the audit log. */
export function firstAuditEntryIdAt(atMs: number): AuditEntryId {
  return firstCreationIdAt(atMs).replace(/^rc/, 'audit') as AuditEntryId;
}

/** As `firstCreationIdAt`, of bulk calls. */
export function firstBulkIdAt(atMs: number): BulkId {
  return firstCreationIdAt(atMs).replace(/^rc/, 'bulk') as BulkId;
}

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * The role of a task: computed, not looked up, so that the answer to a submission can name it without a read and two
 * first creations at the same moment cannot disagree (docs/decisions/0004).
 */
export function roleIdOf(tenantId: TenantId, taskId: TaskId): RoleId {
  const digest = hash('sha256', `${tenantId}/${taskId}`, 'buffer');
  let bits = 0;
  let pending = 0;
  let body = '';
  for (const byte of digest) {
    pending = ((pending << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5 && body.length < 26) {
      bits -= 5;
      body += CROCKFORD[(pending >> bits) & 31];
    }
  }
  return `role_${body}` as RoleId;
}
