import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Creation, CreationId } from '@roleforge/contracts';
import { openDatabase } from '@roleforge/db';
import {
  createTestDatabase,
  provideTools,
  type ScriptedModel,
  startScriptedModel,
  startWebhookReceiver,
  testServers,
  type WebhookReceiver,
} from '@roleforge/testkit';
import { until } from '../journeys/journey.fixture.ts';
import { type Launched, launch, runLauncher } from './launched.fixture.ts';

const HANDS = 3;

let folder: string;
let dataDir: string;
let file: string;
let model: ScriptedModel;
let receiver: WebhookReceiver;
let service: Launched | undefined;

beforeAll(async () => void (await provideTools({ 'mariadb-dump': 'mariadb-client', mariadb: 'mariadb-client' })));
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roleforge-backup-'));
  [dataDir, file] = [join(folder, 'data'), join(folder, 'roleforge.sql.gz')];
  [model, receiver] = await Promise.all([startScriptedModel(), startWebhookReceiver()]);
});
afterEach(async () => {
  await service?.stop();
  await Promise.all([model.close(), receiver.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** A stop does not wait for calls of the model that hang. */
const start = () =>
  launch(dataDir, 1, {
    PORT: '0',
    WORKER_CONCURRENCY: String(HANDS),
    SHUTDOWN_GRACE_SECONDS: '1',
    RECONCILE_SECONDS: '1',
    WEBHOOK_TARGETS: 'any',
    AI_BASE_URL: model.url,
    AI_MODEL: 'scripted-1',
  });

async function submit(on: Launched, more: object = {}, headers: Record<string, string> = {}): Promise<CreationId> {
  const { status, body } = await on.call<Creation>(
    'POST',
    '/v1/role-creations',
    { taskId: 'tea-shop', ...more },
    headers,
  );
  expect(status).toBe(202);
  return body.id;
}

const read = async (on: Launched, id: CreationId) => (await on.call<Creation>('GET', `/v1/role-creations/${id}`)).body;

async function ended(on: Launched, ids: readonly CreationId[]): Promise<Creation[]> {
  let creations: Creation[] = [];
  await until(async () => {
    creations = await Promise.all(ids.map(id => read(on, id)));
    return creations.every(({ finishedAt }) => finishedAt !== null);
  });
  return creations;
}

test('a dump made under load, restored after MySQL and Redis are lost: all that was in it comes to its end, once', async () => {
  service = await start();
  const before = service;
  await before.call('PUT', '/v1/tasks/tea-shop/base-info', { name: 'Ada', locale: 'en' });
  const finished = await submit(before, {}, { 'idempotency-key': '"of-before"' });
  await ended(before, [finished]);
  const { body: role } = await before.call<{ version: number }>('GET', (await read(before, finished)).links.role);
  const tenant = await before.call<{ apiKey: string }>(
    'POST',
    '/admin/v1/tenants',
    { name: 'Harbour Books' },
    { authorization: `Bearer ${before.adminKey}` },
  );
  expect(tenant.status).toBe(201);

  // A webhook that its receiver refuses is pending; creations whose calls hang are running, and keep the rest waiting.
  receiver.answerWith([500]);
  const told = await submit(before, { webhook: { url: receiver.url, events: ['role_creation.succeeded'] } });
  const refused = await receiver.next();
  model.always({ kind: 'hang' });
  const asked = model.requests.length;
  const running = await Promise.all(Array.from({ length: HANDS }, () => submit(before)));
  await model.waitForRequest(asked + HANDS);
  const waiting = await Promise.all(Array.from({ length: 20 }, () => submit(before)));
  const scheduled = await submit(before, { runAt: new Date(Date.now() + 8_000).toISOString() });
  const held = await submit(before);
  await before.call('POST', `/v1/role-creations/${held}/pause`);

  const dump = runLauncher('backup', ['--to', file], { DATA_DIR: dataDir });
  let dumping = true;
  void dump.then(() => {
    dumping = false;
  });
  const meanwhile: CreationId[] = [];
  while (dumping) meanwhile.push(await submit(before));
  expect(await dump).toMatchObject({ code: 0, stderr: '' });
  const late = await submit(before);

  await before.stop();
  const heard = receiver.received.length;
  // The disks are gone; the keys and the pepper had been kept beside the dump.
  for (const name of readdirSync(dataDir)) if (name !== 'keys.json') rmSync(join(dataDir, name), { recursive: true });
  model.always({ kind: 'answer' });
  receiver.answerWith([204]);
  expect(await runLauncher('restore', ['--from', file], { DATA_DIR: dataDir })).toMatchObject({ code: 0 });
  service = await start();
  const after = service;
  const reconciled = await runLauncher('reconcile', [], { DATA_DIR: dataDir });
  expect(reconciled).toMatchObject({ code: 0, stderr: '' });

  // Who was accepted after the dump began may be in it or not; who was after its end is not.
  const kept: CreationId[] = [];
  for (const id of meanwhile) if ((await after.call('GET', `/v1/role-creations/${id}`)).status === 200) kept.push(id);
  expect((await after.call('GET', `/v1/role-creations/${late}`)).status).toBe(404);

  const all = [finished, told, ...running, ...waiting, scheduled, ...kept];
  expect(new Set((await ended(after, all)).map(({ status }) => status))).toEqual(new Set(['succeeded']));
  expect((await read(after, held)).status).toBe('held');
  await after.call('POST', `/v1/role-creations/${held}/resume`);
  await ended(after, [held]);
  expect(await versionsOf(after)).toEqual(new Map([...all, held].map(id => [id, 1])));

  // The message of before, under its own id.
  await until(() => receiver.received.length > heard);
  expect(receiver.received.slice(heard).map(({ id }) => id)).toEqual([refused.id]);
  const { body: still } = await after.call('GET', `/v1/roles/${(await read(after, finished)).roleId}/versions/1`);
  expect(still).toMatchObject({ ...role, version: 1 });
  const theirs = await after.call('GET', '/v1/tenant', undefined, { authorization: `Bearer ${tenant.body.apiKey}` });
  expect(theirs).toMatchObject({ status: 200, body: { name: 'Harbour Books' } });
  // A request that is repeated gets its answer; one whose creation is lost would be carried out again.
  expect(await submit(after, {}, { 'idempotency-key': '"of-before"' })).toBe(finished);
  const events = await after.call<{ items: { type: string }[] }>(
    'GET',
    `/v1/role-creations/${finished}/events?after=0`,
    undefined,
    { accept: 'application/json' },
  );
  expect(events.body.items.at(-1)?.type).toBe('role_creation.succeeded');
}, 90_000);

/** How many versions each creation made. */
async function versionsOf({ databaseUrl }: Launched): Promise<Map<CreationId, number>> {
  const database = openDatabase({ url: databaseUrl, patienceMs: 10_000 });
  try {
    const rows = await database.knex('role_versions').select('creation_id').count('* as made').groupBy('creation_id');
    return new Map(rows.map(({ creation_id, made }) => [creation_id as CreationId, Number(made)]));
  } finally {
    await database.close();
  }
}

const serversAt = (databaseUrl: string) => ({
  DATABASE_URL: databaseUrl,
  REDIS_URL: testServers().redisUrl,
  DATA_DIR: dataDir,
});

describe('npm run backup', () => {
  test('does not overwrite, and leaves no half of a file when it fails', async () => {
    const own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
    try {
      writeFileSync(file, 'another backup');
      const again = await runLauncher('backup', ['--to', file], serversAt(own.url));
      expect([again.code, again.stderr]).toEqual([1, `backup: ${file} is there already; it is not overwritten\n`]);
      expect(readFileSync(file, 'utf8')).toBe('another backup');

      // Of one that was killed, with whatever rights.
      const left = join(folder, 'left');
      writeFileSync(`${left}.partial`, 'half a backup', { mode: 0o644 });
      expect(await runLauncher('backup', ['--to', left], serversAt(own.url))).toMatchObject({ code: 0 });
      expect(statSync(left).mode & 0o777).toBe(0o600);
      for (const name of [left, `${left}.partial`]) rmSync(name);

      const gone = `${own.url}_gone`;
      const failed = await runLauncher('backup', ['--to', join(folder, 'new')], serversAt(gone));
      expect([failed.code, failed.stderr]).toEqual([1, expect.stringMatching(/^backup: \S+dump failed: .*_gone/)]);
      expect(readdirSync(folder)).toEqual(['roleforge.sql.gz']);
    } finally {
      await own.drop();
    }
  });

  test('does not overwrite what has come under its name while it was made', async () => {
    const own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
    const database = openDatabase({ url: own.url, patienceMs: 10_000 });
    try {
      const backup = await database.knex.transaction(async trx => {
        // The dump waits for this table.
        await trx.raw('LOCK TABLES roles WRITE');
        const waiting = runLauncher('backup', ['--to', file], serversAt(own.url));
        await until(() => readdirSync(folder).some(name => name.endsWith('.partial')));
        writeFileSync(file, 'another backup');
        await trx.raw('UNLOCK TABLES');
        return waiting;
      });
      expect([backup.code, backup.stderr]).toEqual([1, `backup: ${file} is there already; it is not overwritten\n`]);
      expect(readFileSync(file, 'utf8')).toBe('another backup');
      expect(readdirSync(folder)).toEqual(['roleforge.sql.gz']);
    } finally {
      await database.close();
      await own.drop();
    }
  });

  test('says what is to be done where nothing runs', async () => {
    const { code, stderr } = await runLauncher('backup', ['--to', file], { DATA_DIR: dataDir });
    expect([code, stderr]).toEqual([1, `backup: nothing runs on ${dataDir}: start RoleForge, or set DATABASE_URL\n`]);
  });
});

const anEmptyDatabase = () => createTestDatabase(testServers().databaseUrl, { migrated: false });

describe('npm run restore', () => {
  test('goes into an empty database alone, and says what is wrong with a file', async () => {
    const full = await createTestDatabase(testServers().databaseUrl, { migrated: true });
    const [empty, other] = [await anEmptyDatabase(), await anEmptyDatabase()];
    const restore = (databaseUrl: string, from = file) =>
      runLauncher('restore', ['--from', from], serversAt(databaseUrl));
    try {
      await runLauncher('backup', ['--to', file], serversAt(full.url));
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const refused = await restore(full.url);
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringContaining('a dump is restored into an empty one'),
      ]);

      const half = join(folder, 'half.sql.gz');
      writeFileSync(half, readFileSync(file).subarray(0, 100));
      expect(await restore(empty.url, half)).toMatchObject({
        code: 1,
        stderr: `restore: ${half} cannot be read; the database is still empty: restore again\n`,
      });
      expect(await restore(empty.url)).toMatchObject({ code: 0, stderr: '' });

      const broken = join(folder, 'broken.sql.gz');
      const sql = gunzipSync(readFileSync(file)).toString().split('CREATE TABLE');
      writeFileSync(broken, gzipSync([...sql.slice(0, 4), 'nonsense;', ...sql.slice(4)].join('CREATE TABLE')));
      const failed = await restore(other.url, broken);
      expect([failed.code, failed.stderr]).toEqual([
        1,
        expect.stringMatching(
          /^restore: \S+ failed: .*nonsense.*; the database holds a part of the dump, 3 tables: .* drop it, .* restore again\n$/s,
        ),
      ]);
    } finally {
      await Promise.all([full.drop(), empty.drop(), other.drop()]);
    }
  });
});
