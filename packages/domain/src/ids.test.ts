import { describe, expect, test } from '@jest/globals';
import { BulkId, CreationId, RoleId, TaskId, TenantId } from '@roleforge/contracts';
import fc from 'fast-check';
import { firstBulkIdAt, firstCreationIdAt, newBulkId, newCreationId, newTenantId, roleIdOf } from './ids.ts';

const tenant = TenantId.parse('tenant_01jd8z0m3x5v7w9y1b3d5f7h9k');
const otherTenant = TenantId.parse('tenant_01jd8z0m3x5v7w9y1b3d5f7h9m');

/** From the first millisecond of 1970 to the end of the year 9999. */
const moment = fc.integer({ min: 1, max: 253_402_300_799_999 });
const taskId = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/).map(name => TaskId.parse(name));

describe("a role's id", () => {
  test('is the same for ever: it stands in customers’ systems', () => {
    expect(roleIdOf(tenant, TaskId.parse('tea-shop'))).toBe('role_nr69bxs9r7ebwa7awvcxycrcde');
  });

  test('is well formed for every task', () => {
    fc.assert(
      fc.property(taskId, task => {
        expect(RoleId.safeParse(roleIdOf(tenant, task)).success).toBe(true);
      }),
    );
  });

  test('differs between tasks and between tenants', () => {
    fc.assert(
      fc.property(fc.uniqueArray(taskId, { minLength: 2, maxLength: 50 }), tasks => {
        const ids = [tenant, otherTenant].flatMap(owner => tasks.map(task => roleIdOf(owner, task)));
        expect(new Set(ids).size).toBe(2 * tasks.length);
      }),
    );
  });
});

describe("a creation's id", () => {
  test('is well formed', () => {
    expect(CreationId.safeParse(newCreationId(Date.parse('2027-01-01T08:00:00Z'))).success).toBe(true);
  });

  test('rises with every creation, within a millisecond and when the clock steps back', () => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 2, maxLength: 100 }), moments => {
        const ids = moments.flatMap(at => [newCreationId(at), newCreationId(at)]);
        expect(ids).toEqual([...new Set(ids)].sort());
      }),
    );
  });
});

describe('the first id at a time', () => {
  test('is a well-formed id, also before 1970', () => {
    for (const at of [-1, 0, 1, Date.parse('9999-12-31T23:59:59.999Z')])
      expect(CreationId.safeParse(firstCreationIdAt(at)).success).toBe(true);
  });

  test('is at or below every id of that millisecond, and above every id of the one before', () => {
    expect(firstCreationIdAt(0x1_8c_00_00_00_00)).toBe(`rc_01hg${'0'.repeat(22)}`);
    fc.assert(
      fc.property(moment, fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{16}$/), (at, chance) => {
        const sameMoment = firstCreationIdAt(at).slice(0, -16) + chance;
        const momentBefore = firstCreationIdAt(at - 1).slice(0, -16) + chance;
        expect(firstCreationIdAt(at) <= sameMoment).toBe(true);
        expect(firstCreationIdAt(at) > momentBefore).toBe(true);
      }),
    );
  });

  test('is at or below the id of every creation made then or later', () => {
    fc.assert(
      fc.property(moment, fc.nat(86_400_000), (at, later) => {
        expect(firstCreationIdAt(at) <= newCreationId(at + later)).toBe(true);
      }),
    );
  });
});

test('the first id of a bulk call at a time is well formed, and at or below all that are made then or later', () => {
  fc.assert(
    fc.property(moment, fc.nat(86_400_000), (at, later) => {
      expect(BulkId.safeParse(firstBulkIdAt(at)).success).toBe(true);
      expect(firstBulkIdAt(at) <= newBulkId(at + later)).toBe(true);
      expect(firstBulkIdAt(at).slice(5)).toBe(firstCreationIdAt(at).slice(3));
    }),
  );
});

test("a tenant's id is well formed, and new each time", () => {
  const [first, second] = [newTenantId(), newTenantId()];
  expect(TenantId.safeParse(first).success).toBe(true);
  expect(first).not.toBe(second);
});
