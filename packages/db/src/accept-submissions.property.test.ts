import { afterAll, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import type { Acceptance, Submission } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import fc from 'fast-check';
import { acceptSubmissions, openDatabase } from './index.ts';
import { aCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const HOUR = 3_600_000;
const NOON = Date.parse('2031-05-05T12:00:00.000Z');

/** Few keys, calls and bodies, so that they collide; and hours between the groups, so that keys run out. */
const request = fc.record({
  key: fc.constantFrom('a', 'b', 'A', null),
  scope: fc.constantFrom('one', 'other'),
  body: fc.constantFrom('1', '2'),
  creations: fc.integer({ min: 0, max: 3 }),
});
type Request = typeof request extends fc.Arbitrary<infer R> ? R : never;
const groups = fc.array(
  fc.record({ hours: fc.constantFrom(0, 1, 23, 24), requests: fc.array(request, { minLength: 1, maxLength: 8 }) }),
  { minLength: 1, maxLength: 6 },
);

/** What has to come of it: the ledger, without a database. */
function model() {
  const kept = new Map<string, { body: string; answer: string; atMs: number }>();
  return (nowMs: number, { key, scope, body }: Request, answer: string): Acceptance => {
    if (key === null) return { kind: 'accepted' };
    const known = kept.get(`${scope} ${key}`);
    if (known === undefined || known.atMs <= nowMs - 24 * HOUR) {
      kept.set(`${scope} ${key}`, { body, answer, atMs: nowMs });
      return { kind: 'accepted' };
    }
    return known.body === body ? { kind: 'replayed', answer: known.answer } : { kind: 'reused' };
  };
}

function submissionOf(tenantId: TenantId, at: Date, { key, scope, body, creations: count }: Request): Submission {
  const creations = Array.from({ length: count }, () => aCreation(tenantId));
  const claim = creations[0]?.id ?? aCreation(tenantId).id;
  if (key === null) return { creations, idempotency: null };
  return {
    creations,
    idempotency: { tenantId, scope, key, bodyDigest: body.repeat(64), claim, answer: `answer of ${claim}`, at },
  };
}

test('whatever groups of requests come, each outcome is what one ledger that took them in turn would say', async () => {
  await fc.assert(
    fc.asyncProperty(groups, async given => {
      const { tenantId } = await newTenant(database);
      const judge = model();
      const expectedIds: string[] = [];
      let nowMs = NOON;
      for (const { hours, requests } of given) {
        nowMs += hours * HOUR;
        const submissions = requests.map(one => submissionOf(tenantId, new Date(nowMs), one));
        const expected = requests.map((one, n) => judge(nowMs, one, submissions[n]?.idempotency?.answer ?? ''));
        expect(await acceptSubmissions(database, submissions)).toEqual(expected);
        for (const [n, { creations }] of submissions.entries())
          if (expected[n]?.kind === 'accepted') expectedIds.push(...creations.map(({ id }) => id));
      }
      const ids = await database.knex('role_creations').where('tenant_id', tenantId).pluck('id');
      expect(ids.toSorted()).toEqual(expectedIds.toSorted());
    }),
    { numRuns: 60 },
  );
});
