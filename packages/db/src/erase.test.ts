import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId, RoleId, SubmitCreation, TaskId, TenantId } from '@roleforge/contracts';
import {
  CreationFailure,
  IDEMPOTENT_CALLS,
  newCreationId,
  PENDING_SOURCES,
  type TakenCreation,
} from '@roleforge/domain';
import { createTestDatabase, newTenant, type TestDatabase, testServers } from '@roleforge/testkit';
import {
  acceptCreations,
  createAttemptLedger,
  type Database,
  endedOfTask,
  eraseCreation,
  eraseRole,
  findCreation,
  findRole,
  listCreations,
  listRoles,
  openDatabase,
} from './index.ts';
import { aCreation, DRAFT, GATHERED, roleOf, taken, waitingCreation } from './ledger.fixture.ts';

/** What a customer wrote, in every place where it can be written; it must be nowhere when it was erased. */
const PRIVATE = 'Frau Wu wohnt in der Birkengasse 7';
const PRIVATE_BODY: Partial<Omit<SubmitCreation, 'taskId'>> = {
  metadata: { note: PRIVATE },
  sources: {
    baseInfo: { name: PRIVATE, locale: 'de', background: PRIVATE },
    knowledge: { items: [{ id: 'k', title: PRIVATE, content: PRIVATE }] },
  } as SubmitCreation['sources'],
  webhook: { url: `https://example.com/?note=${encodeURIComponent(PRIVATE)}` } as SubmitCreation['webhook'],
};
const PRIVATE_GATHERED = {
  ...GATHERED,
  sources: { ...GATHERED.sources, baseInfo: { name: PRIVATE, locale: 'de' } },
};
const PRIVATE_DRAFT = { ...DRAFT, profile: { ...DRAFT.profile, name: PRIVATE, greeting: PRIVATE } };

/** A database of its own, since all of it is searched. */
let own: TestDatabase;
let database: Database;
let tenantId: TenantId;
let ledger: ReturnType<typeof createAttemptLedger>;
beforeAll(async () => {
  own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
  database = openDatabase({ url: own.url, patienceMs: 10_000 });
  ledger = createAttemptLedger(database);
});
beforeEach(async () => {
  for (const table of ['role_creations', 'roles', 'idempotency_keys', 'webhook_deliveries'])
    await database.knex(table).delete();
  tenantId = (await newTenant(database)).tenantId;
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const failure = () => new CreationFailure('draft_invalid', `The draft says ${PRIVATE}.`);

async function begun(taskId: string): Promise<TakenCreation> {
  return taken(ledger, await waitingCreation(database, tenantId, { taskId, ...PRIVATE_BODY }));
}

async function succeeded(taskId: string, draft = PRIVATE_DRAFT): Promise<TakenCreation> {
  const attempt = await begun(taskId);
  await ledger.succeed(attempt, roleOf(attempt, draft));
  return attempt;
}

/** One that keeps what it had when it failed: the answer that was paid for, and the sources that it was given. */
async function failed(taskId: string): Promise<TakenCreation> {
  const attempt = await begun(taskId);
  await ledger.gathered(attempt, PRIVATE_GATHERED, PENDING_SOURCES, []);
  await ledger.written(attempt, PRIVATE_DRAFT);
  await ledger.fail(attempt, { step: 'saving' }, failure());
  return attempt;
}

/** What a submission under an Idempotency-Key leaves. */
async function remember(scope: string, key: string, claim: string, answer: object, tenant = tenantId) {
  await database.knex('idempotency_keys').insert({
    tenant_id: tenant,
    scope,
    idempotency_key: key,
    body_digest: 'd'.repeat(64),
    claim,
    answer: JSON.stringify(answer),
    created_at: new Date(),
  });
}

async function rememberedKeys(): Promise<string[]> {
  const rows = await database.knex('idempotency_keys').where('tenant_id', tenantId).orderBy('idempotency_key');
  return rows.map(row => row.idempotency_key.toString());
}

/** The columns of this database, of whatever table, in which the text stands. */
async function placesOf(text: string): Promise<string[]> {
  const { knex } = database;
  const [columns] = await knex.raw(
    `SELECT table_name AS t, column_name AS c FROM information_schema.columns
     WHERE table_schema = DATABASE() AND data_type IN ('char', 'varchar', 'text', 'mediumtext', 'longtext', 'json', 'blob')`,
  );
  const places: string[] = [];
  for (const { t, c } of columns as { t: string; c: string }[]) {
    const [[{ there }]] = await knex.raw('SELECT COUNT(*) AS there FROM ?? WHERE LOCATE(?, ??) > 0', [t, text, c]);
    if (there > 0) places.push(`${t}.${c}`);
  }
  return places.toSorted();
}

/** All creations of the task that have ended, read two at a time. */
async function endedOf(taskId: string): Promise<CreationId[]> {
  const ids: CreationId[] = [];
  for await (const page of endedOfTask(database, tenantId, taskId as TaskId, 2)) ids.push(...page);
  return ids;
}

describe('erasing a creation', () => {
  test('leaves nothing of what its owner wrote in any table', async () => {
    const { creationId } = await failed('tea-shop');
    await remember(IDEMPOTENT_CALLS.one, 'one', creationId, { id: creationId, metadata: { note: PRIVATE } });
    expect(await placesOf(PRIVATE)).toEqual(
      expect.arrayContaining([
        'idempotency_keys.answer',
        'role_creations.draft',
        'role_creations.error',
        'role_creations.gathered',
        'role_creations.inline_sources',
        'role_creations.metadata',
      ]),
    );
    expect(await eraseCreation(database, tenantId, creationId)).toEqual({ kind: 'erased' });
    expect(await placesOf(PRIVATE)).toEqual([]);
    expect(await placesOf(creationId)).toEqual([]);
    expect(await findCreation(database, tenantId, creationId)).toBeNull();
    expect(await eraseCreation(database, tenantId, creationId)).toEqual({ kind: 'unknown' });
  });

  test('leaves the role that it made, under the number that it had', async () => {
    const { creationId, roleId } = await succeeded('tea-shop', DRAFT);
    await eraseCreation(database, tenantId, creationId);
    expect(await findRole(database, tenantId, roleId)).toMatchObject({ version: 1, profile: DRAFT.profile });
    const next = await succeeded('tea-shop', DRAFT);
    expect((await findRole(database, tenantId, roleId))?.version).toBe(2);
    await eraseCreation(database, tenantId, next.creationId);
    expect(await eraseRole(database, tenantId, roleId)).toBe('tea-shop');
    expect(await endedOf('tea-shop')).toEqual([]);
    expect(await placesOf(PRIVATE)).toEqual([]);
  });

  test('takes every remembered answer that holds it along, and no other', async () => {
    const { creationId } = await failed('tea-shop');
    const other = newCreationId(Date.now());
    const stranger = (await newTenant(database)).tenantId;
    const answer = (...ids: CreationId[]) => ({ items: ids.map((id, index) => ({ index, creation: { id } })) });
    await remember(IDEMPOTENT_CALLS.one, 'single', creationId, { id: creationId });
    await remember(IDEMPOTENT_CALLS.one, 'another single', other, { id: other });
    await remember(IDEMPOTENT_CALLS.batch, 'batch', newCreationId(1), answer(other, creationId));
    await remember(IDEMPOTENT_CALLS.batch, 'another batch', newCreationId(1), answer(other));
    await remember(IDEMPOTENT_CALLS.batch, 'batch with nothing in it', newCreationId(1), answer());
    await remember(IDEMPOTENT_CALLS.batch, 'batch', newCreationId(1), answer(creationId), stranger);
    // More than are searched at once, on both sides of the one that is sought.
    for (let n = 0; n < 60; n += 1)
      await remember(IDEMPOTENT_CALLS.batch, `${n % 2 === 0 ? 'a' : 'z'}${n}`, newCreationId(1), answer(other));
    expect(await eraseCreation(database, tenantId, creationId)).toEqual({ kind: 'erased' });
    const left = (await rememberedKeys()).filter(key => !/^[az]\d+$/.test(key));
    expect(left).toEqual(['another batch', 'another single', 'batch with nothing in it']);
    expect(await rememberedKeys()).toHaveLength(63);
    expect(await database.knex('idempotency_keys').where('tenant_id', stranger)).toHaveLength(1);
  });

  test('is refused before it has ended, and changes nothing then', async () => {
    const waiting = await waitingCreation(database, tenantId);
    await remember(IDEMPOTENT_CALLS.one, 'waits', waiting.id, { id: waiting.id });
    expect(await eraseCreation(database, tenantId, waiting.id)).toEqual({ kind: 'not_ended', status: 'queued' });
    const attempt = await taken(ledger, waiting);
    expect(await eraseCreation(database, tenantId, waiting.id)).toEqual({ kind: 'not_ended', status: 'running' });
    expect(await rememberedKeys()).toEqual(['waits']);
    await ledger.succeed(attempt, roleOf(attempt));
    expect(await eraseCreation(database, tenantId, waiting.id)).toEqual({ kind: 'erased' });
    expect(await rememberedKeys()).toEqual([]);
  });

  test('is its owner’s alone', async () => {
    const { creationId } = await failed('tea-shop');
    const stranger = (await newTenant(database)).tenantId;
    expect(await eraseCreation(database, stranger, creationId)).toEqual({ kind: 'unknown' });
    expect(await findCreation(database, tenantId, creationId)).not.toBeNull();
  });
});

describe('erasing a role', () => {
  const bare = (taskId: string) => waitingCreation(database, tenantId, { taskId });

  test('leaves nothing of any version, nor of a draft that was kept, in any table; its creations stay', async () => {
    const first = await taken(ledger, await bare('tea-shop'));
    await ledger.succeed(first, roleOf(first, PRIVATE_DRAFT));
    const second = await taken(ledger, await bare('tea-shop'));
    await ledger.succeed(second, roleOf(second, PRIVATE_DRAFT));
    const third = await taken(ledger, await bare('tea-shop'));
    await ledger.written(third, PRIVATE_DRAFT);
    await ledger.fail(third, { step: 'saving' }, new CreationFailure('draft_invalid', 'Not good.'));
    const { roleId } = first;
    expect(await placesOf(PRIVATE)).toEqual(['role_creations.draft', 'role_versions.name', 'role_versions.profile']);
    const ids = [first, second, third].map(({ creationId }) => creationId);
    expect(await eraseRole(database, tenantId, roleId)).toBe('tea-shop');
    expect(await endedOf('tea-shop')).toEqual(ids.toSorted());
    expect(await placesOf(PRIVATE)).toEqual([]);
    expect(await findRole(database, tenantId, roleId)).toBeNull();
    expect((await listRoles(database, tenantId, { limit: 10, after: null })).items).toEqual([]);
    const { items } = await listCreations(database, tenantId, { limit: 10, before: null });
    expect(items.map(({ id, roleVersion }) => [id, roleVersion]).toSorted()).toEqual(
      [
        [ids[0], 1],
        [ids[1], 2],
        [ids[2], null],
      ].toSorted(),
    );
    expect(await eraseRole(database, tenantId, roleId)).toBeNull();
  });

  test('clears drafts piece by piece, however many were kept, and none of a creation that is on its way', async () => {
    const { roleId } = await succeeded('tea-shop', DRAFT);
    const running = await taken(ledger, await bare('tea-shop'));
    await ledger.written(running, PRIVATE_DRAFT);
    const kept = Array.from({ length: 450 }, () => aCreation(tenantId, { taskId: 'tea-shop' }));
    await acceptCreations(database, kept);
    await database
      .knex('role_creations')
      .whereIn(
        'id',
        kept.map(({ id }) => id),
      )
      .update({ status: 'failed', draft: JSON.stringify(PRIVATE_DRAFT), finished_at: new Date() });
    const statements: string[] = [];
    const note = ({ sql }: { sql: string }) => statements.push(sql);
    database.knex.on('query', note);
    expect(await eraseRole(database, tenantId, roleId)).toBe('tea-shop');
    database.knex.off('query', note);
    expect(statements.filter(sql => /^update .* limit \?$/.test(sql))).toHaveLength(3);
    // No draft is read for it: of the creations no more than their ids.
    expect(statements.filter(sql => /^select (?!`id` from).*role_creations/.test(sql))).toEqual([]);
    const drafted = await database.knex('role_creations').whereNotNull('draft').pluck('id');
    expect(drafted).toEqual([running.creationId]);
  });

  test('a creation that is on its way, or comes later, makes version 1 under the same id', async () => {
    const { roleId } = await succeeded('tea-shop', DRAFT);
    await succeeded('tea-shop', DRAFT);
    const running = await taken(ledger, await bare('tea-shop'));
    await ledger.written(running, DRAFT);
    expect(await eraseRole(database, tenantId, roleId)).toBe('tea-shop');
    expect(await endedOf('tea-shop')).not.toContain(running.creationId);
    expect(await ledger.succeed(running, roleOf(running))).toBe(1);
    const later = await succeeded('tea-shop', DRAFT);
    expect(later.roleId).toBe(roleId);
    expect(await findRole(database, tenantId, roleId)).toMatchObject({ version: 2, creationId: later.creationId });
  });

  test('at the same moment as successes of the same task: each is wholly before or wholly after it', async () => {
    const attempts = [];
    for (let n = 0; n < 6; n += 1) attempts.push(await taken(ledger, await bare('tea-shop')));
    const [first, ...others] = attempts as [TakenCreation, ...TakenCreation[]];
    await ledger.succeed(first, roleOf(first));
    const erasing = () => eraseRole(database, tenantId, first.roleId);
    const results = await Promise.allSettled(
      others.flatMap(one => [ledger.succeed(one, roleOf(one)), erasing()] as Promise<unknown>[]),
    );
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
    await erasing();
    expect(await database.knex('role_versions').where('tenant_id', tenantId)).toEqual([]);
    expect(await database.knex('roles').where('tenant_id', tenantId)).toEqual([]);
  });

  test('is its owner’s alone, and touches no other role', async () => {
    const mine = await succeeded('tea-shop', DRAFT);
    const other = await succeeded('book-shop', DRAFT);
    const stranger = (await newTenant(database)).tenantId;
    expect(await eraseRole(database, stranger, mine.roleId)).toBeNull();
    expect(await eraseRole(database, tenantId, `role_${'0'.repeat(26)}` as RoleId)).toBeNull();
    expect(await eraseRole(database, tenantId, mine.roleId)).toBe('tea-shop');
    expect(await endedOf('tea-shop')).toEqual([mine.creationId]);
    expect(await findRole(database, tenantId, other.roleId)).not.toBeNull();
  });
});
