import { afterAll, describe, expect, test } from '@jest/globals';
import { hashesOf } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import { ensureTenant, findPrincipal, openDatabase } from './index.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

describe('tenants', () => {
  test('a key leads to its tenant, and another key to none', async () => {
    const { tenantId, apiKey } = await newTenant(database);
    expect((await findPrincipal(database, hashesOf(apiKey, []), new Date()))?.principal.tenantId).toBe(tenantId);
    expect(await findPrincipal(database, hashesOf(`${apiKey}x`, []), new Date())).toBeNull();
  });

  test('ten processes that start with one key make one tenant', async () => {
    const apiKey = `rf_live_together_${process.pid}_${performance.now()}`;
    const ids = await Promise.all(Array.from({ length: 10 }, () => ensureTenant(database, 'Together', apiKey)));
    expect(new Set(ids).size).toBe(1);
  });
});
