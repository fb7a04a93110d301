import { afterAll, describe, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import type { Doer } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import { asDeed, cancelCreation, findCreation, listAudit, openDatabase } from './index.ts';
import { waitingCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const DOER: Doer = { actor: { kind: 'operator', id: 'admin_key' }, remoteAddress: '192.0.2.1', requestId: 'req-9' };
const NOW = new Date();

const entries = async (tenantId: TenantId) => (await listAudit(database, { tenantId, limit: 10, before: null })).items;
const by = (tenantId: TenantId, target: string) => ({
  doer: DOER,
  deed: { action: 'creation.cancelled' as const, tenantId, target },
  at: NOW,
});

describe('a change that is a deed', () => {
  test('is in the ledger and in the audit log, and the second time, when it changes nothing, in neither', async () => {
    const { tenantId } = await newTenant(database);
    const { id } = await waitingCreation(database, tenantId);
    const cancel = () =>
      asDeed(
        database,
        by(tenantId, id),
        on => cancelCreation(on, { tenantId, id }, NOW),
        outcome => outcome !== 'refused',
      );
    expect(await cancel()).toBe('done');
    expect((await findCreation(database, tenantId, id))?.status).toBe('cancelled');
    expect(await cancel()).toBe('refused');
    expect(await entries(tenantId)).toMatchObject([
      { action: 'creation.cancelled', target: id, actor: DOER.actor, remoteAddress: '192.0.2.1', requestId: 'req-9' },
    ]);
  });

  test('that fails after it was made is undone, and leaves no entry', async () => {
    const { tenantId } = await newTenant(database);
    const { id } = await waitingCreation(database, tenantId);
    const cancel = asDeed(
      database,
      by(tenantId, id),
      async on => {
        await cancelCreation(on, { tenantId, id }, NOW);
        throw new Error('and then');
      },
      () => true,
    );
    await expect(cancel).rejects.toThrow('and then');
    expect((await findCreation(database, tenantId, id))?.status).toBe('queued');
    expect(await entries(tenantId)).toEqual([]);
  });
});
