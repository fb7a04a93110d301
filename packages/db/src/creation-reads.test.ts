import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId, CreationListQuery, TaskId, TenantId } from '@roleforge/contracts';
import { CreationFailure, newCreationId } from '@roleforge/domain';
import { createTestDatabase, newTenant, testServers } from '@roleforge/testkit';
import {
  acceptCreations,
  createAttemptLedger,
  findCreation,
  findTenantOfCreation,
  listCreations,
  listUnfinished,
  openDatabase,
} from './index.ts';
import { aCreation, taken, waitingCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const HOUR_MS = 3_600_000;
let hour = Date.parse('2031-05-05T12:00:00.000Z');
/** Ids never step back in time, so every test has an hour of its own, later than those of the tests before. */
beforeEach(() => {
  hour += HOUR_MS;
});
const at = (offsetMs: number): Date => new Date(hour + offsetMs);

type Filter = Partial<Omit<CreationListQuery, 'cursor'>> & { before?: CreationId | null };

async function listIds(tenantId: TenantId, filter: Filter = {}): Promise<CreationId[]> {
  const { items } = await listCreations(database, tenantId, { limit: 100, before: null, ...filter });
  return items.map(item => item.id);
}

describe('finding a creation', () => {
  test('another tenant’s creation is not found', async () => {
    const [owner, stranger] = [await newTenant(database), await newTenant(database)];
    const { id } = await waitingCreation(database, owner.tenantId);
    expect(await findCreation(database, owner.tenantId, id)).toMatchObject({ id, tenantId: owner.tenantId });
    expect(await findCreation(database, stranger.tenantId, id)).toBeNull();
    expect(await listIds(stranger.tenantId)).toEqual([]);
  });
});

describe('whose a creation is', () => {
  test('is known by its id alone, and of an unknown one nothing is', async () => {
    const [one, other] = [await newTenant(database), await newTenant(database)];
    const [{ id }, { id: others }] = [
      await waitingCreation(database, one.tenantId),
      await waitingCreation(database, other.tenantId),
    ];
    expect(await findTenantOfCreation(database, id)).toBe(one.tenantId);
    expect(await findTenantOfCreation(database, others)).toBe(other.tenantId);
    expect(await findTenantOfCreation(database, newCreationId(Date.now()))).toBeNull();
  });
});

describe('listing creations', () => {
  test('they come newest first, those of one millisecond too', async () => {
    const { tenantId } = await newTenant(database);
    const oldestFirst = [at(0), at(5), at(5), at(5), at(9)].map(now => aCreation(tenantId, { now }));
    await acceptCreations(database, oldestFirst.toReversed());
    expect(await listIds(tenantId)).toEqual(oldestFirst.map(({ id }) => id).toReversed());
  });

  test('pages follow each other without gaps or doubles while new creations arrive', async () => {
    const { tenantId } = await newTenant(database);
    const creations = Array.from({ length: 23 }, (_, index) => aCreation(tenantId, { now: at(Math.floor(index / 4)) }));
    await acceptCreations(database, creations);
    const sizes: number[] = [];
    const ids: CreationId[] = [];
    for (let more = true; more; ) {
      const page = await listCreations(database, tenantId, { limit: 5, before: ids.at(-1) ?? null });
      ids.push(...page.items.map(({ id }) => id));
      sizes.push(page.items.length);
      more = page.more;
      await waitingCreation(database, tenantId, { now: at(1_000 + sizes.length) });
    }
    expect(ids).toEqual(creations.map(({ id }) => id).toReversed());
    expect(sizes).toEqual([5, 5, 5, 5, 3]);
  });

  test('a last page that is full says that there are no more', async () => {
    const { tenantId } = await newTenant(database);
    await acceptCreations(database, [aCreation(tenantId), aCreation(tenantId)]);
    expect(await listCreations(database, tenantId, { limit: 2, before: null })).toMatchObject({ more: false });
    expect(await listCreations(database, tenantId, { limit: 1, before: null })).toMatchObject({ more: true });
  });

  test('status and task each narrow the list, and together', async () => {
    const { tenantId } = await newTenant(database);
    const tea = await waitingCreation(database, tenantId, { taskId: 'tea' });
    const coffee = await waitingCreation(database, tenantId, { taskId: 'coffee' });
    const runningTea = await waitingCreation(database, tenantId, { taskId: 'tea' });
    await taken(createAttemptLedger(database), runningTea);
    expect(await listIds(tenantId, { status: 'queued' })).toEqual([coffee.id, tea.id]);
    expect(await listIds(tenantId, { status: 'running' })).toEqual([runningTea.id]);
    expect(await listIds(tenantId, { taskId: 'tea' as TaskId })).toEqual([runningTea.id, tea.id]);
    expect(await listIds(tenantId, { taskId: 'Tea' as TaskId })).toEqual([]);
    expect(await listIds(tenantId, { taskId: 'tea' as TaskId, status: 'queued' })).toEqual([tea.id]);
  });

  test('both bounds of time leave out their own millisecond', async () => {
    const { tenantId } = await newTenant(database);
    const [first, second, third] = [at(0), at(1), at(2)].map(now => aCreation(tenantId, { now }));
    if (first === undefined || second === undefined || third === undefined) throw new Error('three are made');
    await acceptCreations(database, [first, second, third]);
    const iso = (ms: number): string => at(ms).toISOString();
    expect(await listIds(tenantId, { createdAfter: iso(-1) })).toEqual([third.id, second.id, first.id]);
    expect(await listIds(tenantId, { createdAfter: iso(0) })).toEqual([third.id, second.id]);
    expect(await listIds(tenantId, { createdAfter: iso(2) })).toEqual([]);
    expect(await listIds(tenantId, { createdBefore: iso(3) })).toEqual([third.id, second.id, first.id]);
    expect(await listIds(tenantId, { createdBefore: iso(2) })).toEqual([second.id, first.id]);
    expect(await listIds(tenantId, { createdBefore: iso(0) })).toEqual([]);
    expect(await listIds(tenantId, { createdAfter: iso(0), createdBefore: iso(2) })).toEqual([second.id]);
    const inShanghai = new Date(at(0).getTime() + 8 * HOUR_MS).toISOString().replace('Z', '+08:00');
    expect(await listIds(tenantId, { createdAfter: inShanghai })).toEqual([third.id, second.id]);
  });
});

describe('listing what has not ended', () => {
  test('pages of one state run over all tenants, oldest first, and hold what was accepted before the time given', async () => {
    const own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
    const database = openDatabase({ url: own.url, patienceMs: 10_000 });
    try {
      const { tenantId: a } = await newTenant(database);
      const { tenantId: b } = await newTenant(database);
      const running = aCreation(a, { now: at(0) });
      const ended = aCreation(a, { now: at(0) });
      const scheduled = aCreation(a, { now: at(2), runAt: at(60_000).toISOString() });
      const queued = [
        aCreation(b, { now: at(1), priority: 'urgent' }),
        aCreation(b, { now: at(3) }),
        aCreation(a, { now: at(9) }),
        aCreation(a, { now: at(9) }),
      ];
      const tooYoung = aCreation(b, { now: at(10) });
      await acceptCreations(database, [running, scheduled, ...queued, ended, tooYoung]);
      const ledger = createAttemptLedger(database);
      await taken(ledger, running);
      const failure = new CreationFailure('internal_error', 'It failed.');
      await ledger.fail(await taken(ledger, ended), { step: 'gathering' }, failure);

      const pages: Awaited<ReturnType<typeof listUnfinished>>[] = [];
      const options = { acceptedBefore: at(10), limit: 2 };
      do pages.push(await listUnfinished(database, 'queued', { ...options, after: pages.at(-1)?.at(-1)?.id ?? null }));
      while (pages.at(-1)?.length === 2);
      expect(pages.flat().map(({ id }) => id)).toEqual(queued.map(({ id }) => id));
      expect(pages.flat()[0]).toEqual({
        id: queued[0]?.id,
        tenantId: b,
        requestId: 'req-1',
        traceparent: null,
        priority: 'urgent',
        status: 'queued',
        attempts: 0,
        runAt: null,
        deadlineAt: null,
        tenantStopped: false,
      });
      for (const [status, creation] of [
        ['running', running],
        ['scheduled', scheduled],
      ] as const) {
        const found = await listUnfinished(database, status, { ...options, after: null });
        expect(found).toMatchObject([{ id: creation.id, runAt: creation.runAt }]);
      }
    } finally {
      await database.close();
      await own.drop();
    }
  });
});
