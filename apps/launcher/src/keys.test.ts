import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Config, readConfig } from '@roleforge/config';
import { ensureTenant, findPrincipal, openDatabase } from '@roleforge/db';
import { hashesOf } from '@roleforge/domain';
import { testServers } from '@roleforge/testkit';
import { obtainKeys } from './keys.ts';

let dataDir: string;
let file: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'roleforge-keys-'));
  file = join(dataDir, 'keys.json');
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function configOf(env: Record<string, string> = {}): Config {
  return readConfig({ env: { DATA_DIR: dataDir, ...env }, envFile: '/dev/null' });
}

test('keys and pepper are made at the first start, are the same at the next, and are for their owner’s eyes', () => {
  const keys = obtainKeys(configOf());
  expect(keys.adminApiKey).toMatch(/^rf_admin_/);
  expect(new Set([...Object.values(keys.tenants), ...keys.peppers]).size).toBe(3);
  expect(obtainKeys(configOf())).toEqual(keys);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir)).toEqual(['keys.json']);
});

test('configured keys go first, and the pepper that was made goes on to count after those that are configured', () => {
  const { peppers } = obtainKeys(configOf());
  const env = { ADMIN_API_KEY: 'a'.repeat(16), BOOTSTRAP_TENANT_KEY: 'b'.repeat(16), API_KEY_PEPPER: 'c'.repeat(16) };
  expect(obtainKeys(configOf(env))).toMatchObject({
    adminApiKey: env.ADMIN_API_KEY,
    tenants: { hillside: env.BOOTSTRAP_TENANT_KEY },
    peppers: [env.API_KEY_PEPPER, ...peppers],
  });
});

describe('the keys.json of an earlier release, which has no pepper', () => {
  const random = Math.random().toString(36).slice(2);
  const before = {
    adminApiKey: 'rf_admin_of_before',
    tenants: { hillside: `rf_live_hillside_${random}`, lantern: `rf_live_lantern_${random}` },
  };

  test('keeps its keys, and gets a pepper', () => {
    writeFileSync(file, JSON.stringify(before), { mode: 0o600 });
    const keys = obtainKeys(configOf());
    expect(keys).toMatchObject(before);
    expect(keys.peppers).toHaveLength(1);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ...before, apiKeyPepper: keys.peppers[0] });
    expect(obtainKeys(configOf())).toEqual(keys);
  });

  test('leads to the tenants that its database has, and makes none', async () => {
    const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
    try {
      const tenantId = await ensureTenant(database, 'Hillside of before', before.tenants.hillside);
      writeFileSync(file, JSON.stringify(before), { mode: 0o600 });
      const { tenants, peppers } = obtainKeys(configOf());
      expect(await ensureTenant(database, 'Hillside', tenants.hillside, { peppers })).toBe(tenantId);
      const found = await findPrincipal(database, hashesOf(tenants.hillside, peppers), new Date());
      expect(found?.principal.tenantId).toBe(tenantId);
    } finally {
      await database.close();
    }
  });
});
