import { glob, readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { AuditAction, AuditQuery, TenantId } from '@roleforge/contracts';
import { type Doer, newTenantId } from '@roleforge/domain';
import { testServers } from '@roleforge/testkit';
import { listAudit, noteAlone, noteDeed, openDatabase } from './index.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const DOER: Doer = { actor: { kind: 'api_key', id: 'key_1' }, remoteAddress: '2001:db8::1', requestId: 'req-1' };
const at = (second: number) => new Date(Date.UTC(2031, 5, 1, 12, 0, second));

const note = (tenantId: TenantId, action: AuditAction, second: number) =>
  noteAlone(database, DOER, { action, tenantId }, at(second));

describe('the audit log', () => {
  test('is read newest first, page by page, by action and between two times, which do not count', async () => {
    const tenantId = newTenantId();
    const actions: AuditAction[] = ['tenant.paused', 'tenant.unpaused', 'key.issued', 'key.revoked', 'key.issued'];
    for (const [second, action] of actions.entries()) await note(tenantId, action, second);
    await note(newTenantId(), 'tenant.paused', 2);
    const read = async (query: Partial<AuditQuery> & { before?: never } = {}) =>
      (await listAudit(database, { tenantId, limit: 200, before: null, ...query })).items.map(({ action }) => action);
    expect(await read()).toEqual(actions.toReversed());
    expect(await read({ action: 'key.issued' })).toEqual(['key.issued', 'key.issued']);
    const between = { createdAfter: at(0).toISOString(), createdBefore: at(3).toISOString() };
    expect(await read(between)).toEqual(['key.issued', 'tenant.unpaused']);

    const first = await listAudit(database, { tenantId, limit: 2, before: null });
    expect(first).toMatchObject({ more: true, items: [{ action: 'key.issued' }, { action: 'key.revoked' }] });
    const rest = await listAudit(database, { tenantId, limit: 3, before: first.items[1]?.id ?? null });
    expect([rest.more, rest.items.map(({ action }) => action)]).toEqual([false, actions.slice(0, 3).toReversed()]);
  });

  test('finds what it is asked for by an index, however long it is', async () => {
    const plan = async (where: object) => {
      const query = database.knex('audit_log').where(where).orderBy('id', 'desc').limit(51).toSQL().toNative();
      const [[row]] = await database.knex.raw(`EXPLAIN ${query.sql}`, query.bindings as string[]);
      return row.key as string;
    };
    expect(await plan({ tenant_id: newTenantId() })).toBe('by_tenant');
    expect(await plan({ action: 'system.paused' })).toBe('by_action');
    expect(await plan({})).toBe('PRIMARY');
  });

  test('has no entry of what was rolled back', async () => {
    const tenantId = newTenantId();
    const undone = database.knex.transaction(async trx => {
      await noteDeed(trx, DOER, { action: 'tenant.changed', tenantId }, at(0));
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await listAudit(database, { tenantId, limit: 1, before: null })).toEqual({ items: [], more: false });
  });

  test('keeps as much of a token’s subject as there is room for', async () => {
    const tenantId = newTenantId();
    const doer: Doer = { ...DOER, actor: { kind: 'token', id: 's'.repeat(5_000) } };
    await noteAlone(database, doer, { action: 'key.issued', tenantId }, at(0));
    const { items } = await listAudit(database, { tenantId, limit: 1, before: null });
    expect(items[0]?.actor).toEqual({ kind: 'token', id: 's'.repeat(200) });
  });

  test('is only ever added to and read: no statement of ours changes or deletes entries', async () => {
    const root = new URL('../../../', import.meta.url).pathname;
    const naming: string[] = [];
    for await (const path of glob('{apps,packages,bench}/*/{src/**/,}*.ts', { cwd: root })) {
      if (/\.test\.ts$|node_modules/.test(path)) continue;
      if ((await readFile(root + path, 'utf8')).includes('audit_log')) naming.push(path);
    }
    expect(naming.toSorted()).toEqual(['packages/db/src/audit-log.ts', 'packages/db/src/migrations/0005-tenants.ts']);
    const own = await readFile(`${root}packages/db/src/audit-log.ts`, 'utf8');
    expect(own).not.toMatch(/\.(update|del|delete|truncate|raw|merge|onConflict)\(/);
  });
});
