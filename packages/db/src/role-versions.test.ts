import { afterAll, describe, expect, test } from '@jest/globals';
import { roleIdOf } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import {
  createAttemptLedger,
  eraseRole,
  findRole,
  listRoles,
  listRoleVersions,
  openDatabase,
  restoreRoleVersion,
} from './index.ts';
import { DRAFT, roleOf, TASK, taken, waitingCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOW = new Date('2031-05-05T12:00:00.456Z');
const ledger = createAttemptLedger(database, () => NOW);

async function succeeded(tenantId: Awaited<ReturnType<typeof newTenant>>['tenantId'], taskId: string = TASK) {
  const attempt = await taken(ledger, await waitingCreation(database, tenantId, { taskId }));
  return { attempt, version: await ledger.succeed(attempt, roleOf(attempt)) };
}

describe('role versions', () => {
  test('a creation that succeeds leaves its role and its own end together', async () => {
    const { tenantId } = await newTenant(database);
    const { attempt, version } = await succeeded(tenantId);
    expect(version).toBe(1);
    expect(await ledger.read(tenantId, attempt.creationId)).toMatchObject({
      status: 'succeeded',
      step: null,
      roleVersion: 1,
      finishedAt: NOW,
      error: null,
    });
    expect(await findRole(database, tenantId, attempt.roleId)).toEqual({
      roleId: attempt.roleId,
      taskId: TASK,
      version: 1,
      creationId: attempt.creationId,
      locale: 'zh-CN',
      createdAt: NOW,
      profile: DRAFT.profile,
      writer: { ...DRAFT.writer, strategyId: 'default', strategyVersion: 3 },
      provenance: DRAFT.provenance,
      provenanceItems: {},
      digests: { baseInfo: 'a'.repeat(64) },
      partDigests: {},
      restoredFrom: null,
      regenerated: null,
      aiProvider: DRAFT.writer.provider,
    });
  });

  test('a second success of one attempt is superseded, and the role has one version', async () => {
    const { tenantId } = await newTenant(database);
    const { attempt } = await succeeded(tenantId);
    await expect(ledger.succeed(attempt, roleOf(attempt))).rejects.toMatchObject({ code: 'attempt_superseded' });
    const { items } = await listRoleVersions(database, tenantId, attempt.roleId, { limit: 10, below: null });
    expect(items.map(item => item.version)).toEqual([1]);
  });

  test('the same success sent twice at one moment makes one version', async () => {
    const { tenantId } = await newTenant(database);
    const attempt = await taken(ledger, await waitingCreation(database, tenantId));
    const results = await Promise.allSettled([1, 2, 3].map(() => ledger.succeed(attempt, roleOf(attempt))));
    expect(results.map(result => result.status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await database.knex('role_versions').where('tenant_id', tenantId)).toHaveLength(1);
  });

  test('creations of one task that finish at the same moment get the numbers one after the other', async () => {
    const { tenantId } = await newTenant(database);
    const attempts = await Promise.all(
      Array.from({ length: 4 }, async () => taken(ledger, await waitingCreation(database, tenantId))),
    );
    const numbers = await Promise.all(attempts.map(attempt => ledger.succeed(attempt, roleOf(attempt))));
    expect(numbers.toSorted()).toEqual([1, 2, 3, 4]);
    expect(await findRole(database, tenantId, roleIdOf(tenantId, TASK))).toMatchObject({ version: 4 });
  });

  test('a version that cannot be written leaves the creation running and no role', async () => {
    const { tenantId } = await newTenant(database);
    const attempt = await taken(ledger, await waitingCreation(database, tenantId));
    const refused = { ...roleOf(attempt), locale: 'x'.repeat(36) };
    await expect(ledger.succeed(attempt, refused)).rejects.toMatchObject({ code: 'ER_DATA_TOO_LONG' });
    expect(await ledger.read(tenantId, attempt.creationId)).toMatchObject({ status: 'running' });
    expect(await database.knex('roles').where('tenant_id', tenantId)).toEqual([]);
  });

  test('an older version stays readable, another tenant reads none, and pages run newest first', async () => {
    const { tenantId } = await newTenant(database);
    const { tenantId: stranger } = await newTenant(database);
    const first = await succeeded(tenantId);
    const second = await succeeded(tenantId);
    const third = await succeeded(tenantId);
    const { roleId } = first.attempt;
    expect(await findRole(database, tenantId, roleId, 1)).toMatchObject({ creationId: first.attempt.creationId });
    expect(await findRole(database, tenantId, roleId)).toMatchObject({ creationId: third.attempt.creationId });
    expect(await findRole(database, tenantId, roleId, 4)).toBeNull();
    expect(await findRole(database, stranger, roleId)).toBeNull();
    const page = await listRoleVersions(database, tenantId, roleId, { limit: 2, below: null });
    expect(page).toMatchObject({ more: true, items: [{ version: 3 }, { version: 2 }] });
    expect(second.version).toBe(2);
    const rest = await listRoleVersions(database, tenantId, roleId, { limit: 2, below: 2 });
    expect(rest).toMatchObject({ more: false, items: [{ version: 1 }] });
  });

  test('the list of roles shows each in its latest version, page by page', async () => {
    const { tenantId } = await newTenant(database);
    for (const task of ['a', 'b', 'c', 'a']) await succeeded(tenantId, task);
    const first = await listRoles(database, tenantId, { limit: 2, after: null });
    const last = await listRoles(database, tenantId, { limit: 2, after: first.items.at(-1)?.roleId ?? null });
    expect([first.more, last.more]).toEqual([true, false]);
    const versions = [...first.items, ...last.items].map(item => [item.taskId, item.version]);
    expect(versions.toSorted()).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]);
    const filtered = await listRoles(database, tenantId, { limit: 2, taskId: 'b' as typeof TASK, after: null });
    expect(filtered.items.map(item => item.taskId)).toEqual(['b']);
  });
});

describe('a version that keeps parts of another', () => {
  const REVISED = {
    regenerated: { fromVersion: 1, sections: ['greeting' as const] },
    partDigests: { name: { baseInfo: 'b'.repeat(64) } },
    aiProvider: 'house',
  };

  test('says which, with the older digests and the provider of the model that wrote them', async () => {
    const { tenantId } = await newTenant(database);
    await succeeded(tenantId);
    const attempt = await taken(ledger, await waitingCreation(database, tenantId));
    const draft = { ...DRAFT, provenanceItems: { tags: { products: ['longjing'] } } };
    await ledger.succeed(attempt, { ...roleOf(attempt, draft), revised: REVISED });
    expect(await findRole(database, tenantId, attempt.roleId)).toMatchObject({
      ...REVISED,
      version: 2,
      provenanceItems: draft.provenanceItems,
    });
    const { items } = await listRoleVersions(database, tenantId, attempt.roleId, { limit: 10, below: null });
    expect(items.map(item => item.regenerated)).toEqual([REVISED.regenerated, null]);
  });

  test('is not made when that one has been erased meanwhile', async () => {
    const { tenantId } = await newTenant(database);
    const { attempt: first } = await succeeded(tenantId);
    const attempt = await taken(ledger, await waitingCreation(database, tenantId));
    await eraseRole(database, tenantId, first.roleId);
    const saving = ledger.succeed(attempt, {
      ...roleOf(attempt),
      revised: { ...REVISED, regenerated: { fromVersion: 2, sections: [] } },
    });
    await expect(saving).rejects.toMatchObject({ code: 'base_version_missing' });
    expect(await database.knex('roles').where('tenant_id', tenantId)).toEqual([]);
    expect(await ledger.read(tenantId, attempt.creationId)).toMatchObject({ status: 'running' });
  });
});

describe('restoring a version', () => {
  const LATER = new Date('2031-05-06T12:00:00.456Z');

  test('makes a copy of it the latest', async () => {
    const { tenantId } = await newTenant(database);
    const { attempt } = await succeeded(tenantId);
    await succeeded(tenantId);
    const { roleId } = attempt;
    expect(await restoreRoleVersion(database, { tenantId, roleId, version: 1 }, LATER)).toEqual({
      kind: 'restored',
      version: 3,
    });
    const first = await findRole(database, tenantId, roleId, 1);
    expect(await findRole(database, tenantId, roleId)).toEqual({
      ...first,
      version: 3,
      createdAt: LATER,
      restoredFrom: 1,
    });
  });

  test('several times at one moment makes as many versions', async () => {
    const { tenantId } = await newTenant(database);
    const { attempt } = await succeeded(tenantId);
    await succeeded(tenantId);
    const key = { tenantId, roleId: attempt.roleId, version: 1 };
    const restored = await Promise.all([1, 2, 3].map(() => restoreRoleVersion(database, key, LATER)));
    expect(restored.map(result => result.kind === 'restored' && result.version).toSorted()).toEqual([3, 4, 5]);
  });

  test('is not done to the latest, to one that is not there, or for a stranger', async () => {
    const { tenantId } = await newTenant(database);
    const { tenantId: stranger } = await newTenant(database);
    const { attempt } = await succeeded(tenantId);
    const { roleId } = attempt;
    const kindOf = async (owner: typeof tenantId, version: number) =>
      (await restoreRoleVersion(database, { tenantId: owner, roleId, version }, LATER)).kind;
    expect(await kindOf(tenantId, 1)).toBe('isLatest');
    expect(await kindOf(tenantId, 2)).toBe('unknown');
    expect(await kindOf(stranger, 1)).toBe('unknown');
  });

  test('is followed by the next version that a creation makes', async () => {
    const { tenantId } = await newTenant(database);
    const { attempt } = await succeeded(tenantId);
    await succeeded(tenantId);
    await restoreRoleVersion(database, { tenantId, roleId: attempt.roleId, version: 1 }, LATER);
    expect((await succeeded(tenantId)).version).toBe(4);
  });
});
