import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Creation, EXPORT_FORMATS, type ExportFormat, type Role, type TenantId } from '@roleforge/contracts';
import { createAttemptLedger } from '@roleforge/db';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { draftWith } from './draft.fixture.ts';

let api: TestApi;
let client: TestClient;
let address: string;
beforeAll(async () => {
  api = await startTestApi();
  client = await api.newClient();
  for (const name of ['茶/小满 🍵', 'Ridge']) address = `/v1/roles/${await madeRole(name)}`;
});
afterAll(() => api.stop());

/** What a worker does: takes a creation of the task, and saves the next version of its role. */
async function madeRole(name: string): Promise<string> {
  const creation: Creation = await client.submit({ taskId: 'tea-shop' });
  const [row] = await api.database.knex('role_creations').where('id', creation.id);
  const tenantId: TenantId = row.tenant_id;
  const ledger = createAttemptLedger(api.database);
  const taken = await ledger.take(tenantId, creation.id);
  if (taken.kind !== 'taken') throw new Error(`It could not be taken: ${taken.kind}.`);
  const { taskId, roleId } = taken.creation;
  await ledger.succeed(taken.creation, {
    ...{ tenantId, taskId, roleId, locale: 'en', draft: draftWith({ name }), digests: {} },
    strategy: { id: row.strategy_id, version: 1 },
  });
  return roleId;
}

const get = (path: string, headers: Record<string, string> = {}) => client.send('GET', path, undefined, headers);
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('exporting a role', () => {
  test.each(Object.keys(EXPORT_FORMATS) as ExportFormat[])('%s is a file of its media type', async format => {
    const response = await get(`${address}/export?format=${format}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')?.split(';')[0]).toBe(EXPORT_FORMATS[format].mediaType);
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename=tea-shop\.v2\..*; filename\*=UTF-8''Ridge\.v2\./,
    );
    const body = await bytesOf(response);
    expect(Number(response.headers.get('content-length'))).toBe(body.length);
    const starts: Partial<Record<ExportFormat, string>> = {
      markdown: '# Ridge',
      'character-card-v3-png': '\x89PNG',
      'character-card-v3-charx': 'PK',
    };
    expect(body.toString('latin1').startsWith(starts[format] ?? '{')).toBe(true);
  });

  test('is of the latest version unless another is named, in either way', async () => {
    const named = async (path: string) => ((await (await get(path)).json()) as Role).profile.name;
    expect(await named(`${address}/export?format=json`)).toBe('Ridge');
    expect(await named(`${address}/export?format=json&version=1`)).toBe('茶/小满 🍵');
    expect(await named(`${address}/versions/1/export?format=json`)).toBe('茶/小满 🍵');
    expect(await (await get(`${address}/export?format=json`)).json()).toEqual(await (await get(address)).json());
  });

  test('gives the file a name in any script, and one in ASCII for those who know no other', async () => {
    const response = await get(`${address}/versions/1/export?format=character-card-v3-charx`);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename=tea-shop.v1.charx; filename*=UTF-8''${encodeURIComponent('茶-小满 🍵.v1.charx')}`,
    );
  });

  test('HEAD says what GET would, without the file', async () => {
    const path = `${address}/export?format=character-card-v3-png`;
    const [head, whole] = [await client.send('HEAD', path), await get(path)];
    for (const name of ['content-type', 'content-length', 'content-disposition', 'etag'])
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    expect([head.status, (await bytesOf(head)).length]).toEqual([200, 0]);
    expect((await bytesOf(whole)).length).toBeGreaterThan(1_000);
  });

  test('is not sent again to who has it, while other files are', async () => {
    const path = `${address}/export?format=json`;
    const etag = (await get(path)).headers.get('etag') ?? '';
    const same = await get(path, { 'if-none-match': etag });
    expect([same.status, same.headers.get('etag'), await same.text()]).toEqual([304, etag, '']);
    expect((await get(`${address}/export?format=openai`, { 'if-none-match': etag })).status).toBe(200);
    expect((await get(`${path}&version=1`, { 'if-none-match': etag })).status).toBe(200);
  });

  test.each(['?format=docx', '', '?format='])('in no known format (%j) is refused with the place', async query => {
    for (const path of [`${address}/export`, `${address}/versions/1/export`])
      expect(await problemOf(await get(path + query))).toMatchObject({
        status: 400,
        code: 'invalid_request',
        errors: [{ pointer: '/query/format' }],
      });
  });

  test('that is not there, or another tenant’s, is not found', async () => {
    const stranger = await api.newClient();
    const nowhere = '/v1/roles/role_00000000000000000000000000';
    for (const [who, path] of [
      [client, `${nowhere}/export?format=json`],
      [client, `${address}/export?format=json&version=9`],
      [client, `${address}/versions/9/export?format=json`],
      [client, '/v1/roles/nonsense/export?format=json'],
      [stranger, `${address}/export?format=json`],
    ] as const)
      expect(await problemOf(await who.send('GET', path))).toMatchObject({ status: 404, code: 'not_found' });
    expect(await problemOf(await get(`${address}/export?format=json&version=x`))).toMatchObject({
      status: 400,
      errors: [{ pointer: '/query/version' }],
    });
  });

  test('is in the API reference with all its formats and media types', async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      paths: Record<string, { get: { responses: Record<string, { content: object }> } }>;
      components: { schemas: Record<string, { enum?: string[] }> };
    };
    for (const path of ['/v1/roles/{roleId}/export', '/v1/roles/{roleId}/versions/{version}/export'])
      expect(Object.keys(document.paths[path]?.get.responses[200]?.content ?? {}).toSorted()).toEqual(
        [...new Set(Object.values(EXPORT_FORMATS).map(({ mediaType }) => mediaType))].toSorted(),
      );
    expect(document.components.schemas.ExportFormat?.enum).toEqual(Object.keys(EXPORT_FORMATS));
  });
});
