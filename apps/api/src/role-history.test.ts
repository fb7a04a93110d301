import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Creation,
  PROFILE_PARTS,
  type Role,
  RoleDiff,
  type RoleProfile,
  type TenantId,
} from '@roleforge/contracts';
import { createAttemptLedger, createSourceStore } from '@roleforge/db';
import type { Draft } from '@roleforge/domain';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let client: TestClient;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  client = await api.newClient();
});

const PROFILE: RoleProfile = {
  name: '茶小满',
  tagline: '懂茶的朋友',
  description: '一位茶艺师。',
  personality: '温和',
  background: '在茶园长大',
  systemPrompt: '你是茶小满。',
  greeting: '您好，喝点红茶？',
  alternateGreetings: [],
  talkStyle: { tone: '温和', rules: [], catchphrases: [], avoid: [] },
  exampleDialogues: [],
  knowledge: [],
  products: [{ productId: 'longjing', pitch: '清香' }],
  boundaries: [],
  tags: ['茶'],
};

const draftOf = (profile: RoleProfile): Draft => ({
  profile,
  provenance: { name: ['baseInfo'], greeting: ['baseInfo', 'talkStyle'], products: ['products'] },
  provenanceItems: { products: { products: ['longjing'] } },
  writer: { kind: 'ai', provider: 'house', model: 'm' },
  usage: { calls: 1, inputTokens: 1, outputTokens: 1, costUsd: 0 },
});

/** Makes a version of the tea shop's role, as a worker does, from what is stored. */
async function made(changes: Partial<RoleProfile> = {}): Promise<Creation> {
  const creation = await client.submit({ taskId: 'tea-shop' });
  const { tenant_id: tenantId }: { tenant_id: TenantId } = await api.database
    .knex('role_creations')
    .where('id', creation.id)
    .first('tenant_id');
  const ledger = createAttemptLedger(api.database);
  const taken = await ledger.take(tenantId, creation.id);
  if (taken.kind !== 'taken') throw new Error(`It could not be taken: ${taken.kind}.`);
  const { taskId, roleId, strategyId } = taken.creation;
  await ledger.succeed(taken.creation, {
    tenantId,
    taskId,
    roleId,
    locale: 'zh-CN',
    strategy: { id: strategyId, version: 1 },
    draft: draftOf({ ...PROFILE, ...changes }),
    digests: await createSourceStore(api.database).readDigests(tenantId, taskId),
  });
  return creation;
}

async function storeSources(tone: string): Promise<void> {
  await client.send('PUT', '/v1/tasks/tea-shop/base-info', { name: '茶小满', locale: 'zh-CN' });
  await client.send('PUT', '/v1/tasks/tea-shop/talk-style', { tone });
}

const read = async (path: string) => (await (await client.send('GET', path)).json()) as Role;

describe('asking for parts to be rewritten', () => {
  const regenerate = (roleId: string, body?: unknown, headers?: Record<string, string>) =>
    client.send('POST', `/v1/roles/${roleId}/regenerate`, body, headers);

  test('is accepted as a creation that names the parts and the version', async () => {
    const { roleId } = await made();
    const response = await regenerate(roleId, {
      sections: ['tags', 'greeting'],
      priority: 'high',
      metadata: { a: 'b' },
    });
    expect(response.status).toBe(202);
    const creation = (await response.json()) as Creation;
    expect(creation).toMatchObject({
      status: 'queued',
      taskId: 'tea-shop',
      strategyId: 'default',
      roleId,
      priority: 'high',
      metadata: { a: 'b' },
      regenerate: { baseVersion: 1, sections: ['tags', 'greeting'] },
    });
    expect(response.headers.get('location')).toBe(creation.links.self);
    expect(await (await client.send('GET', creation.links.self)).json()).toMatchObject({
      regenerate: creation.regenerate,
    });
  });

  test('without naming any means those that are stale now; 409 where none is', async () => {
    await storeSources('温和');
    const { roleId } = await made();
    expect(await problemOf(await regenerate(roleId))).toMatchObject({ status: 409, code: 'conflict' });
    await storeSources('爽利');
    expect((await read(`/v1/roles/${roleId}`)).stale).toEqual(['greeting']);
    const response = await regenerate(roleId);
    expect([response.status, await response.json()]).toMatchObject([
      202,
      { regenerate: { baseVersion: 1, sections: ['greeting'] } },
    ]);
  });

  test('twice under one Idempotency-Key gets the first answer, also when nothing is stale any more', async () => {
    await storeSources('温和');
    const { roleId } = await made();
    await storeSources('爽利');
    const key = { 'idempotency-key': 'again' };
    const first = (await (await regenerate(roleId, {}, key)).json()) as Creation;
    await made();
    const second = await regenerate(roleId, {}, key);
    expect([second.status, await second.json()]).toEqual([202, first]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const other = await problemOf(await regenerate(roleId, { sections: ['name'] }, key));
    expect(other).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect((await problemOf(await regenerate(roleId, {}))).status).toBe(409);
  });

  test('is answered when it has ended where the caller prefers to wait', async () => {
    const { roleId } = await made();
    const response = await regenerate(roleId, { sections: ['name'] }, { prefer: 'wait=0' });
    expect([response.status, response.headers.get('preference-applied')]).toEqual([202, 'wait=0']);
  });

  test.each([
    ['/sections', { sections: [] }],
    ['/sections', { sections: ['name', 'name'] }],
    ['/sections/0', { sections: ['mood'] }],
    ['/sources', { sources: {} }],
  ])('is refused at %s', async (pointer, body) => {
    const { roleId } = await made();
    const problem = await problemOf(await regenerate(roleId, body));
    expect([problem.status, problem.errors?.map(error => error.pointer)]).toEqual([400, [pointer]]);
  });

  test('is refused for a strategy or a role that is not there, and for another tenant’s role', async () => {
    const { roleId } = await made();
    const unknown = await problemOf(await regenerate(roleId, { sections: ['name'], strategyId: 'gone' }));
    expect(unknown).toMatchObject({ status: 422, code: 'unknown_strategy' });
    client = await api.newClient();
    expect((await problemOf(await regenerate(roleId, { sections: ['name'] }))).status).toBe(404);
  });
});

describe('comparing two versions', () => {
  test('shows the parts that differ, with words of their language', async () => {
    const { roleId } = await made();
    await made({ greeting: '您好，喝点绿茶？', products: [] });
    const response = await client.send('GET', `/v1/roles/${roleId}/versions/1/diff/2`);
    expect(response.status).toBe(200);
    const diff = RoleDiff.parse(await response.json());
    expect(diff).toMatchObject({ roleId, from: 1, to: 2, locale: null, writer: null });
    expect(diff.parts.map(({ part, change }) => [part, change])).toEqual([
      ['greeting', 'changed'],
      ['products', 'removed'],
    ]);
    expect(diff.parts[0]?.words).toContainEqual({ op: 'added', text: '绿茶' });
    expect(diff.parts[1]?.items).toMatchObject([{ key: 'longjing', change: 'removed', after: null }]);
  });

  test('finds nothing where one of them is not there', async () => {
    const { roleId } = await made();
    for (const pair of ['1/diff/2', '2/diff/1', '1/diff/x'])
      expect((await problemOf(await client.send('GET', `/v1/roles/${roleId}/versions/${pair}`))).status).toBe(404);
  });
});

describe('restoring a version', () => {
  test('makes it the latest again, as a version of its own', async () => {
    const { roleId, id } = await made();
    await made({ name: '另一个' });
    const response = await client.send('POST', `/v1/roles/${roleId}/versions/1/restore`);
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/v1/roles/${roleId}/versions/3`);
    const role = (await response.json()) as Role;
    expect(role).toMatchObject({ version: 3, restoredFrom: 1, regenerated: null, creationId: id, profile: PROFILE });
    expect(role.provenanceItems).toEqual({ products: { products: ['longjing'] } });
    expect(Object.keys(role.profile)).toEqual(PROFILE_PARTS);
    expect(await read(`/v1/roles/${roleId}`)).toEqual(role);
    const page = (await (await client.send('GET', `/v1/roles/${roleId}/versions`)).json()) as { items: Role[] };
    expect(page.items.map(({ version, restoredFrom }) => [version, restoredFrom])).toEqual([
      [3, 1],
      [2, null],
      [1, null],
    ]);
  });

  test('is refused for the latest, and for one that is not there', async () => {
    const { roleId } = await made();
    const restore = async (version: number) =>
      problemOf(await client.send('POST', `/v1/roles/${roleId}/versions/${version}/restore`, {}));
    expect(await restore(1)).toMatchObject({ status: 409, code: 'conflict' });
    expect(await restore(2)).toMatchObject({ status: 404 });
  });
});
