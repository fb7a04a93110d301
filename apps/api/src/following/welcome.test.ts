import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiKeyId, TenantId } from '@roleforge/contracts';
import { type Database, issueApiKey, openDatabase, revokeApiKey } from '@roleforge/db';
import { silentLogger } from '@roleforge/telemetry';
import { newTenant, startTcpProxy, type TcpProxy, testServers } from '@roleforge/testkit';
import { createWelcome, type Welcome } from './welcome.ts';

const LOOK_MS = 10;

let proxy: TcpProxy;
let database: Database;
let away: Database;
const leaving: (() => void)[] = [];
beforeAll(async () => {
  const { databaseUrl } = testServers();
  proxy = await startTcpProxy(databaseUrl);
  database = openDatabase({ url: databaseUrl, patienceMs: 10_000 });
  away = openDatabase({ url: proxy.url, patienceMs: 300 });
});
afterEach(() => {
  for (const leave of leaving.splice(0)) leave();
});
afterAll(async () => {
  await Promise.all([database.close(), away.close()]);
  await proxy.close();
});

function aWelcome({ on = database, clock = () => new Date(), debug = (_message: string) => {} } = {}): Welcome {
  return createWelcome({ database: on, log: { ...silentLogger, debug }, clock, lookMs: LOOK_MS });
}

type Guest = Parameters<Welcome['join']>[0];

/** Somebody with a stream open: how often it was ended, and when. */
function join(welcome: Welcome, guest: Guest) {
  let ends = 0;
  const gone = new EventTarget();
  const ended = once(gone, 'end');
  const leave = welcome.join(guest, () => {
    ends += 1;
    gone.dispatchEvent(new Event('end'));
  });
  leaving.push(leave);
  return { ended, leave, ends: () => ends };
}

async function aKey(): Promise<{ guest: Guest; tenantId: TenantId; id: ApiKeyId }> {
  const { tenantId } = await newTenant(database);
  const { record } = await issueApiKey(database.knex, { tenantId }, { pepper: null, now: new Date() });
  return { guest: { tenantId, actor: { kind: 'api_key', id: record.id } }, tenantId, id: record.id };
}

describe('who has a stream open', () => {
  test('is sent away when the key is revoked, each stream once, while others stay', async () => {
    const welcome = aWelcome();
    const [key, other] = [await aKey(), await aKey()];
    const [first, second, staying] = [join(welcome, key.guest), join(welcome, key.guest), join(welcome, other.guest)];
    await revokeApiKey(database.knex, key.tenantId, key.id, new Date());
    await Promise.all([first.ended, second.ended]);
    await revokeApiKey(database.knex, other.tenantId, other.id, new Date());
    await staying.ended;
    expect([first.ends(), second.ends(), staying.ends()]).toEqual([1, 1, 1]);
  });

  test('with a token is sent away when the tenant is suspended', async () => {
    const { tenantId } = await newTenant(database);
    const guest = join(aWelcome(), { tenantId, actor: { kind: 'token', id: 'user-1' } });
    await database.knex('tenants').where({ id: tenantId }).update({ status: 'suspended' });
    await guest.ended;
  });

  test('with a token is sent away when that ends, and others with tokens of the tenant stay', async () => {
    const { tenantId } = await newTenant(database);
    const start = Date.now();
    let now = start;
    const welcome = aWelcome({ clock: () => new Date(now) });
    const actor = { kind: 'token' as const, id: 'user-1' };
    const [short, long] = [1_000, 2_000].map(ms => join(welcome, { tenantId, actor, expiresAt: new Date(start + ms) }));
    now = start + 1_000;
    await short?.ended;
    expect(long?.ends()).toBe(0);
    now = start + 2_000;
    await long?.ended;
  });

  test('and leaves is not ended any more', async () => {
    const welcome = aWelcome();
    const { guest, tenantId, id } = await aKey();
    const [left, other] = [join(welcome, guest), join(welcome, guest)];
    left.leave();
    left.leave();
    await revokeApiKey(database.knex, tenantId, id, new Date());
    await other.ended;
    expect(left.ends()).toBe(0);
  });

  test('stays while MySQL is away, and is sent away when it is back', async () => {
    const { guest, tenantId, id } = await aKey();
    let told = () => {};
    const failed = new Promise<void>(resolve => {
      told = resolve;
    });
    proxy.cut();
    const staying = join(aWelcome({ on: away, debug: () => told() }), guest);
    await revokeApiKey(database.knex, tenantId, id, new Date());
    await failed;
    expect(staying.ends()).toBe(0);
    proxy.restore();
    await staying.ended;
  });
});
