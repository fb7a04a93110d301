import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { NewCreation } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import type { Knex } from 'knex';
import { amongCreations } from './creation-keys.ts';
import { acceptCreations, openDatabase } from './index.ts';
import { aCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

let a: NewCreation[];
let b: NewCreation[];
/** So many that reading them all would show. */
const EACH = 300;
beforeAll(async () => {
  const [one, other] = [await newTenant(database), await newTenant(database)];
  a = Array.from({ length: EACH }, () => aCreation(one.tenantId, { deadlineSeconds: 60 }));
  b = Array.from({ length: EACH }, () => aCreation(other.tenantId, { deadlineSeconds: 60 }));
  await acceptCreations(database, [...a, ...b]);
});

const rows = () => database.knex('role_creations');

/** How many rows of the ledger the server means to read for a statement. */
async function readFor(statement: Knex.QueryBuilder): Promise<number> {
  const { sql, bindings } = statement.toSQL().toNative();
  const [plan] = await database.knex.raw(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, bindings as Knex.RawBinding[]);
  return Number(plan[0].rows);
}

describe('creations by their keys', () => {
  test('are those, of whichever tenants, and none under another tenant’s id', async () => {
    const [first, second, third] = [a[3], a[7], b[5]] as [NewCreation, NewCreation, NewCreation];
    const crossed = { tenantId: first.tenantId, id: third.id };
    const find = async (keys: Parameters<typeof amongCreations>[1]) =>
      (await amongCreations(rows().select('id').orderBy('id'), keys)).map(({ id }: { id: string }) => id);
    expect(await find([third, first, second])).toEqual([first.id, second.id, third.id].toSorted());
    expect(await find([crossed])).toEqual([]);
    expect(await find([])).toEqual([]);
    expect(await find([first, first])).toEqual([first.id]);
  });

  test.each([1, 2, 10])('no other rows are read for them: %d of each tenant', async count => {
    const keys = [...a.slice(0, count), ...b.slice(0, count)];
    const one = a.slice(0, count);
    const status = 'queued';
    expect(await readFor(amongCreations(rows().select('id'), keys))).toBeLessThanOrEqual(2 * count);
    for (const few of [keys, one])
      expect(
        await readFor(
          amongCreations(rows(), few)
            .where({ status })
            .where('deadline_at', '<=', new Date())
            .update({ status: 'expired' }),
        ),
      ).toBeLessThanOrEqual(few.length);
  });
});
