import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ChangeTenant, CreateTenant, type TenantId } from '@roleforge/contracts';
import { openDatabase } from '@roleforge/db';
import { testServers } from '@roleforge/testkit';
import type { Operator } from '../http/route.ts';
import { operatorTenantHandlers } from './operator-tenants.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const OPERATOR: Operator = {
  actor: { kind: 'operator', id: 'admin_key' },
  remoteAddress: null,
  requestId: 'req-1',
  traceparent: null,
};

let told: TenantId[];
let works: (() => Promise<void>)[];
beforeEach(() => {
  told = [];
  works = [];
});

const handlers = () =>
  operatorTenantHandlers({
    database,
    readList: read => read(database),
    queue: {} as never,
    behind: work => works.push(work),
    peppers: [],
    sharesChanged: async tenantId => void told.push(tenantId),
    clock: () => new Date(),
  });

/** As much of a request as the handlers look at. */
const given = (part: object) => part as never;

describe('what a tenant may use', () => {
  test('is told to the queue behind the answer, at its making and at each change', async () => {
    const body = CreateTenant.parse({ name: 'Told about' });
    const made = await handlers().create(given({ body }), OPERATOR);
    const { id } = (made as { body: { id: TenantId } }).body;
    const change = ChangeTenant.parse({ weight: 3 });
    await handlers().change(given({ body: change, params: { tenantId: id } }), OPERATOR);
    expect(told).toEqual([]);
    for (const work of works) await work();
    expect(told).toEqual([id, id]);
  });
});
