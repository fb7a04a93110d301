import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Creation } from '@roleforge/contracts';
import { type MariadbReplication, startMariadbReplication } from '@roleforge/testkit';
import { beginJourney, callerOf, type Journey, until } from '../journeys/journey.fixture.ts';

let servers: MariadbReplication;
let journey: Journey;
beforeAll(async () => {
  servers = await startMariadbReplication();
  journey = await beginJourney({
    databaseServerUrl: servers.primary.url,
    databaseReadUrl: servers.replica.url,
  });
  await journey.startWorker();
});
afterAll(async () => {
  await journey.close();
  await servers.stop();
});

const USED = 'lists are read from the replica';
const UNUSED = 'lists are not read from the replica: it does not answer, or is too far behind';

/** Resolves when the api has said so for the n-th time. */
const said = (message: string, times = 1) =>
  until(() => journey.logOf('api').filter(line => line.message === message).length >= times);

/** How many statements about this table the replica was given by the api meanwhile. */
async function askedOfReplica(table: string, work: () => Promise<unknown>): Promise<number> {
  const before = await servers.replica.countStatements(`\`${table}\``);
  await work();
  return (await servers.replica.countStatements(`\`${table}\``)) - before;
}

test('lists are read from the replica, single creations where they were written; what was written is soon in both', async () => {
  await said(USED);
  const owner = callerOf(journey);
  const list = () => owner.call<{ items: Creation[] }>('GET', '/v1/role-creations');
  const creation = await journey.ended(await journey.submit('tea-shop'));
  await until(async () => (await list()).items.some(({ id, status }) => id === creation.id && status === 'succeeded'));
  expect(await askedOfReplica('role_creations', list)).toBe(1);
  expect(await askedOfReplica('role_creations', () => owner.call('GET', creation.links.self))).toBe(0);
  const lists: [string, string][] = [
    ['/v1/roles', 'roles'],
    [`/v1/roles/${creation.roleId}/versions`, 'role_versions'],
    [`${creation.links.self}/deliveries`, 'webhook_deliveries'],
    ['/v1/usage', 'usage_days'],
    ['/v1/audit', 'audit_log'],
  ];
  for (const [path, table] of lists)
    expect([path, await askedOfReplica(table, () => owner.call('GET', path))]).toEqual([path, 1]);

  // Nobody else's, from there either.
  const operator = callerOf(journey, journey.adminKey);
  const { apiKey } = await operator.call<{ apiKey: string }>('POST', '/admin/v1/tenants', { name: 'Another' });
  await until(async () => (await callerOf(journey, apiKey).status('GET', '/v1/role-creations')) === 200);
  expect(await callerOf(journey, apiKey).call('GET', '/v1/role-creations')).toEqual({ items: [], nextCursor: null });
});

test('lists are read where all else is while the replica is too far behind, and until it has caught up', async () => {
  const owner = callerOf(journey);
  await servers.replica.setApplying(false);
  await said(UNUSED);
  const creation = await journey.submit('tea-shop');
  const { items } = await owner.call<{ items: Creation[] }>('GET', '/v1/role-creations');
  expect(items[0]?.id).toBe(creation.id);
  await servers.replica.setApplying(true);
  await said(USED, 2);
  expect(await askedOfReplica('role_creations', () => owner.call('GET', '/v1/role-creations'))).toBe(1);
});

test('lists are read where all else is while the replica is gone, from the first on', async () => {
  const owner = callerOf(journey);
  await servers.replica.kill();
  expect(await owner.status('GET', '/v1/role-creations')).toBe(200);
  await said(UNUSED, 2);
  await servers.replica.startAgain();
  await said(USED, 3);
});
