import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import { newApiKeyId, StoreUnavailable } from '@roleforge/domain';
import { newTenant, startStopwatch, testServers } from '@roleforge/testkit';
import {
  acceptCreations,
  createAttemptLedger,
  createSourceStore,
  type Database,
  ensureTenant,
  findCreation,
  findPrincipal,
  findWelcome,
  listApiKeys,
  migrate,
  noteKeysUsed,
  openDatabase,
} from './index.ts';
import { aCreation, TASK, waitingCreation } from './ledger.fixture.ts';

const PATIENCE_MS = 300;
const opened: { close(): Promise<unknown> | unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

function open(url: string, patienceMs: number, connections = 10): Database {
  const database = openDatabase({ url, patienceMs, connections });
  opened.push(database);
  return database;
}

/** The port of a server that takes connections and says nothing; or, closed again, a port where nobody is. */
async function silentServer(): Promise<{ server: Server; url: string }> {
  const server = createServer(socket => socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `mysql://u:p@127.0.0.1:${(server.address() as AddressInfo).port}/nowhere` };
}

const tenantId = 'tenant_00000000000000000000000000' as TenantId;
const CALLS: Record<string, (database: Database) => Promise<unknown>> = {
  ping: database => database.ping(),
  migrate: database => migrate(database),
  acceptCreations: database => acceptCreations(database, [aCreation(tenantId)]),
  findCreation: database => findCreation(database, tenantId, aCreation(tenantId).id),
  'ledger.take': database => createAttemptLedger(database).take(tenantId, aCreation(tenantId).id),
  'sources.putSource': database =>
    createSourceStore(database).putSource(tenantId, TASK, 'baseInfo', { name: 'x', locale: 'en' }),
  findPrincipal: database => findPrincipal(database, [Buffer.alloc(32)], new Date()),
  findWelcome: database => findWelcome(database, [{ tenantId, keyId: null }], new Date()),
  listApiKeys: database => listApiKeys(database, tenantId),
  noteKeysUsed: database => noteKeysUsed(database, [newApiKeyId()], new Date()),
};

describe('times', () => {
  test('are kept as UTC, whatever the time zone of the process', async () => {
    const database = open(testServers().databaseUrl, 10_000);
    const { tenantId } = await newTenant(database);
    const now = new Date('2031-07-05T12:00:00.456Z');
    const viaBuilder = await ensureTenant(database, 'A test’s tenant', `rf_live_${tenantId}`, { now });
    const { id } = await waitingCreation(database, tenantId, { now });
    const kept = async (table: string, key: string) => {
      const [[row]] = await database.knex.raw('SELECT CAST(created_at AS CHAR) AS text FROM ?? WHERE id = ?', [
        table,
        key,
      ]);
      return row.text;
    };
    expect(await kept('role_creations', id)).toBe('2031-07-05 12:00:00.456');
    expect(await kept('tenants', viaBuilder)).toBe('2031-07-05 12:00:00.456');
  });
});

describe('a database that is away', () => {
  test.each(Object.keys(CALLS))('%s rejects with StoreUnavailable where nobody listens', async call => {
    const { server, url } = await silentServer();
    server.close();
    await once(server, 'close');
    await expect(CALLS[call]?.(open(url, PATIENCE_MS))).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('a server that accepts and then says nothing is given up when the patience runs out', async () => {
    const { server, url } = await silentServer();
    const sockets: { destroy(): void }[] = [];
    server.on('connection', socket => sockets.push(socket));
    opened.push({
      close() {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    });
    const database = open(url, PATIENCE_MS);
    const before = performance.now();
    const watch = startStopwatch();
    await expect(database.ping()).rejects.toBeInstanceOf(StoreUnavailable);
    expect(performance.now() - before).toBeGreaterThan(PATIENCE_MS / 2);
    expect(watch.stop()).toBeLessThan(PATIENCE_MS * 10);
  });

  test('a statement that takes longer than the patience counts as no answer', async () => {
    const { databaseUrl } = testServers();
    const patient = open(databaseUrl, 10_000);
    const { tenantId } = await newTenant(patient);
    const creation = await waitingCreation(patient, tenantId);
    const lock = await patient.knex.transaction();
    await lock('role_creations').where({ tenant_id: tenantId, id: creation.id }).forUpdate();
    await expect(
      createAttemptLedger(open(databaseUrl, PATIENCE_MS)).take(tenantId, creation.id),
    ).rejects.toBeInstanceOf(StoreUnavailable);
    await lock.rollback();
  });

  test('a connection that the server ended is not used again', async () => {
    const { databaseUrl } = testServers();
    const killer = open(databaseUrl, 10_000);
    const database = open(databaseUrl, 10_000, 1);
    for (let round = 0; round < 2; round += 1) {
      const [[{ id }]] = await database.knex.raw('SELECT CONNECTION_ID() AS id');
      await killer.knex.raw('KILL ?', [id]);
      // The first call may still meet the dead connection; whoever comes after it must not.
      await database.ping().catch(error => expect(error).toBeInstanceOf(StoreUnavailable));
      await database.ping();
    }
  });

  test('a refused statement is not taken for a server that is away', async () => {
    const database = open(testServers().databaseUrl, 10_000);
    const { tenantId } = await newTenant(database);
    const creation = await waitingCreation(database, tenantId);
    await expect(acceptCreations(database, [creation])).rejects.toMatchObject({ code: 'ER_DUP_ENTRY' });
  });
});
