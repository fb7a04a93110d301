import type { ApiKeyId, Scope, TenantId } from '@roleforge/contracts';
import {
  type ApiKeyRecord,
  answered,
  type Database,
  findApiKey,
  issueApiKey,
  listApiKeys,
  type NewApiKey,
  noteDeed,
  revokeApiKey,
  rotateApiKey,
} from '@roleforge/db';
import { type Doer, LAST_MOMENT } from '@roleforge/domain';
import { RequestProblem, unauthenticated } from './http/problem.ts';

/** A key that was just made. `key` is nowhere else to be had from now on. */
export type IssuedKey = { key: string; record: ApiKeyRecord };

/**
 * What can be done to the keys of a tenant, by itself or by the operator. Each change is noted in the audit log, in the transaction that
 * makes it. All of them throw StoreUnavailable, and the changes RequestProblem `unauthenticated` where they are asked for by a key that
 * has ended since it was let in.
 */
export type KeyKeeping = {
  /** Null where there is no such tenant. @throws RequestProblem `invalid_body` where the key would have ended already */
  issue(doer: Doer, wanted: NewApiKey): Promise<IssuedKey | null>;
  /**
   * Puts a new key in another one's place, which works on for `overlapMs` milliseconds. Null where the tenant has no such key.
   * @throws RequestProblem `conflict` where the key has ended or has been rotated before
   */
  rotate(doer: Doer, tenantId: TenantId, id: ApiKeyId, overlapMs: number): Promise<IssuedKey | null>;
  /** Ends a key at once; one that has been revoked stays as it is. Null where the tenant has no such key. */
  revoke(doer: Doer, tenantId: TenantId, id: ApiKeyId): Promise<ApiKeyRecord | null>;
  /** All of them, those that have ended too, in the order in which they were made. */
  list(tenantId: TenantId): Promise<ApiKeyRecord[]>;
  /** Null where the tenant has no such key. */
  find(tenantId: TenantId, id: ApiKeyId): Promise<ApiKeyRecord | null>;
};

type Needs = {
  database: Database;
  /** What keys are hashed with, the newest first; empty where they are hashed without. */
  peppers: readonly string[];
  clock: () => Date;
};

export function createKeyKeeping({ database, peppers, clock }: Needs): KeyKeeping {
  const { knex } = database;
  const pepper = peppers[0] ?? null;

  return {
    async issue(doer, wanted) {
      const now = clock();
      if (wanted.expiresAt !== undefined) requireToLive(wanted.expiresAt, now);
      try {
        return await answered(database, () =>
          knex.transaction(async trx => {
            await requireUnended(trx, doer, wanted.tenantId, now);
            const issued = await issueApiKey(trx, wanted, { pepper, now });
            await noteDeed(trx, doer, { action: 'key.issued', ...targetOf(issued.record) }, now);
            return issued;
          }),
        );
      } catch (error) {
        if ((error as { code?: string }).code === 'ER_NO_REFERENCED_ROW_2') return null;
        throw error;
      }
    },

    async rotate(doer, tenantId, id, overlapMs) {
      const now = clock();
      const rotated = await answered(database, () =>
        knex.transaction(async trx => {
          await requireUnended(trx, doer, tenantId, now);
          const outcome = await rotateApiKey(trx, { tenantId, id, overlapMs }, { pepper, now });
          if (outcome.kind === 'rotated') {
            const { name, scopes, expiresAt } = outcome.record;
            const detail = { rotatedTo: outcome.record.id, name, scopes, expiresAt, overlapSeconds: overlapMs / 1_000 };
            await noteDeed(trx, doer, { action: 'key.rotated', tenantId, target: id, detail }, now);
          }
          return outcome;
        }),
      );
      switch (rotated.kind) {
        case 'rotated':
          return { key: rotated.key, record: rotated.record };
        case 'missing':
          return null;
        case 'ended':
          throw new RequestProblem('conflict', 'This key has ended. Issue a new one instead.');
        case 'replaced':
          throw new RequestProblem('conflict', `This key has been rotated already: ${rotated.by} takes its place.`);
      }
    },

    revoke(doer, tenantId, id) {
      const now = clock();
      return answered(database, () =>
        knex.transaction(async trx => {
          await requireUnended(trx, doer, tenantId, now);
          const before = await findApiKey(trx, tenantId, id, { lock: true });
          if (before === null || before.revokedAt !== null) return before;
          await noteDeed(trx, doer, { action: 'key.revoked', ...targetOf(before) }, now);
          return revokeApiKey(trx, tenantId, id, now);
        }),
      );
    },

    list: tenantId => listApiKeys(database, tenantId),
    find: (tenantId, id) => answered(database, () => findApiKey(knex, tenantId, id)),
  };
}

/**
 * A key is believed for a moment after it was revoked. In that moment it must not make the key that outlives it, nor end those of whoever
 * has just found it out. Locked, it cannot be revoked in between either.
 */
async function requireUnended(
  trx: Parameters<typeof findApiKey>[0],
  { actor }: Doer,
  tenantId: TenantId,
  now: Date,
): Promise<void> {
  if (actor.kind !== 'api_key') return;
  const key = await findApiKey(trx, tenantId, actor.id as ApiKeyId, { lock: true });
  if (key === null || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now))
    throw unauthenticated();
}

function targetOf({ tenantId, id, name, scopes, expiresAt }: ApiKeyRecord) {
  return { tenantId, target: id, detail: { name, scopes: scopes as readonly Scope[], expiresAt } };
}

function requireToLive(expiresAt: Date, now: Date): void {
  if (expiresAt > now && expiresAt <= LAST_MOMENT) return;
  const message = expiresAt > now ? 'must be before the year 10000' : 'must be in the future';
  throw new RequestProblem('invalid_body', 'The key would not work for a moment, or for longer than can be noted.', {
    errors: [{ pointer: '/expiresAt', message }],
  });
}
