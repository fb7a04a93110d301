import { afterAll, describe, expect, test } from '@jest/globals';
import { CreationStatus } from '@roleforge/contracts';
import { allows, type NewCreation, stateAfter, type Transition } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import {
  acceptCreations,
  concedeLost,
  createAttemptLedger,
  findCreation,
  findForDispatch,
  lapseOverdue,
  listUnfinishedOf,
  openDatabase,
  queueDue,
  setTenantPaused,
} from './index.ts';
import { aCreation, taken, waitingCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOW = new Date('2031-05-05T12:00:00.456Z');
const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const ledger = createAttemptLedger(database, () => NOW);

async function accepted(given: Parameters<typeof aCreation>[1] = {}) {
  const { tenantId } = await newTenant(database);
  return waitingCreation(database, tenantId, { now: NOW, ...given });
}

const set = ({ tenantId, id }: NewCreation, changes: object) =>
  database.knex('role_creations').where({ tenant_id: tenantId, id }).update(changes);
const read = ({ tenantId, id }: NewCreation) => findCreation(database, tenantId, id);

const SETTLINGS = {
  lapse: { settle: lapseOverdue, given: { deadline_at: NOW } },
  fallDue: { settle: queueDue, given: { run_at: NOW } },
  concede: { settle: concedeLost, given: {} },
} as const satisfies Partial<Record<Transition, object>>;
type Settling = keyof typeof SETTLINGS;
const CASES = (Object.keys(SETTLINGS) as Settling[]).flatMap(one =>
  CreationStatus.options.map(status => [one, status] as const),
);

describe('what follows from the time or from the loss of a worker', () => {
  test.each(CASES)('%s changes one that is %s where the table allows it', async (transition, status) => {
    const { settle, given } = SETTLINGS[transition];
    const creation = await accepted();
    await set(creation, { ...given, status });
    const before = await read(creation);
    const changes = allows(status, transition);
    expect(await settle(database, [creation], NOW)).toBe(changes ? 1 : 0);
    if (changes) expect(await read(creation)).toMatchObject({ status: stateAfter(transition) });
    else expect(await read(creation)).toEqual(before);
    expect(await settle(database, [creation], NOW)).toBe(0);
  });

  test('what is overdue ends with the reason, and only that', async () => {
    const { tenantId } = await newTenant(database);
    const given = [{ deadlineSeconds: 60 }, { deadlineSeconds: 61 }, {}];
    const [due, notYet, never] = given.map(one => aCreation(tenantId, { now: NOW, ...one })) as [
      NewCreation,
      NewCreation,
      NewCreation,
    ];
    const unnamed = aCreation(tenantId, { now: NOW, deadlineSeconds: 60 });
    await acceptCreations(database, [due, notYet, never, unnamed]);
    await set(due, { retry_at: inSeconds(90) });
    expect(await lapseOverdue(database, [due, notYet, never], inSeconds(60))).toBe(1);
    expect(await read(due)).toMatchObject({
      status: 'expired',
      finishedAt: inSeconds(60),
      retryAt: null,
      error: { code: 'deadline_exceeded' },
    });
    for (const one of [notYet, never, unnamed])
      expect(await read(one)).toMatchObject({ status: 'queued', error: null });
  });

  test('several are settled at once, each tenant’s its own', async () => {
    const [a, b] = [await accepted({ deadlineSeconds: 1 }), await accepted({ deadlineSeconds: 1 })];
    const crossed = [
      { tenantId: a.tenantId, id: b.id },
      { tenantId: b.tenantId, id: a.id },
    ];
    expect(await lapseOverdue(database, crossed, inSeconds(5))).toBe(0);
    expect(await lapseOverdue(database, [a, b], inSeconds(5))).toBe(2);
    expect(await lapseOverdue(database, [], inSeconds(5))).toBe(0);
  });

  test('one whose runAt has come waits its turn, and not before', async () => {
    const creation = await accepted({ runAt: inSeconds(10).toISOString() });
    expect(await queueDue(database, [creation], inSeconds(9.999))).toBe(0);
    expect(await queueDue(database, [creation], inSeconds(10))).toBe(1);
    expect(await read(creation)).toMatchObject({ status: 'queued', runAt: inSeconds(10) });
  });

  test('one whose worker is gone is cancelled with a receipt of where it was', async () => {
    const creation = await accepted();
    await taken(ledger, creation);
    await set(creation, { status: 'cancelling' });
    expect(await concedeLost(database, [creation], NOW)).toBe(1);
    expect(await read(creation)).toMatchObject({
      status: 'cancelled',
      step: null,
      cancelledStep: 'gathering',
      finishedAt: NOW,
      history: [{ outcome: 'cancelled', endedAt: NOW.toISOString() }],
    });
  });

  test('one of many who notice it brings the end about', async () => {
    const creation = await accepted({ deadlineSeconds: 1 });
    const counts = await Promise.all(Array.from({ length: 6 }, () => lapseOverdue(database, [creation], inSeconds(5))));
    expect(counts.toSorted()).toEqual([0, 0, 0, 0, 0, 1]);
  });
});

describe('taking what may not be begun', () => {
  test('one whose deadline has passed before it was begun ends', async () => {
    const creation = await accepted({ deadlineSeconds: 60, now: inSeconds(-60) });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'endedByTaking' });
    expect(await read(creation)).toMatchObject({ status: 'expired', attempts: 0, startedAt: null, finishedAt: NOW });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'ended' });
  });

  test('one that was begun before expires in its worker’s hand', async () => {
    const creation = await accepted({ deadlineSeconds: 60, now: inSeconds(-60) });
    await set(creation, { status: 'running', attempts: 1 });
    expect(await taken(ledger, creation)).toMatchObject({ attempts: 2, deadlineAt: NOW });
  });

  test('one that is to be cancelled has lost its worker, and is cancelled', async () => {
    const creation = await accepted();
    await taken(ledger, creation);
    await set(creation, { status: 'cancelling' });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'endedByTaking' });
    expect(await read(creation)).toMatchObject({ status: 'cancelled', cancelledStep: 'gathering' });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'ended' });
  });

  test.each(['queued', 'running'] as const)('one of a paused tenant’s that is %s is put aside', async status => {
    const creation = await accepted();
    const other = await accepted();
    if (status === 'running') await taken(ledger, creation);
    expect(await setTenantPaused(database, creation.tenantId, NOW)).toBe(true);
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'unavailable', status });
    await taken(ledger, other);
    expect(await setTenantPaused(database, creation.tenantId, null)).toBe(true);
    await taken(ledger, creation);
  });

  test('one of a paused tenant’s expires all the same', async () => {
    const creation = await accepted({ deadlineSeconds: 60, now: inSeconds(-60) });
    await setTenantPaused(database, creation.tenantId, NOW);
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'endedByTaking' });
  });
});

describe('what has not ended', () => {
  test('of one tenant comes in pages of one state, oldest first, with what dispatching needs', async () => {
    const { tenantId } = await newTenant(database);
    const creations = Array.from({ length: 5 }, (_, n) => aCreation(tenantId, { now: inSeconds(n) }));
    const later = aCreation(tenantId, { now: NOW, runAt: inSeconds(90).toISOString() });
    await acceptCreations(database, [...creations, later]);
    await waitingCreation(database, (await newTenant(database)).tenantId);
    await setTenantPaused(database, tenantId, NOW);
    const first = await listUnfinishedOf(database, tenantId, 'queued', { after: null, limit: 3 });
    const second = await listUnfinishedOf(database, tenantId, 'queued', { after: first.at(-1)?.id ?? null, limit: 3 });
    expect([...first, ...second].map(({ id }) => id)).toEqual(creations.map(({ id }) => id));
    expect(await listUnfinishedOf(database, tenantId, 'scheduled', { after: null, limit: 9 })).toMatchObject([
      { id: later.id, tenantId, status: 'scheduled', runAt: inSeconds(90), tenantStopped: true },
    ]);
  });

  test('is found by its keys, of several tenants at once and whatever its state', async () => {
    const [a, b] = [await accepted(), await accepted({ deadlineSeconds: 60 })];
    await set(b, { status: 'failed' });
    const gone = { tenantId: a.tenantId, id: b.id };
    const found = await findForDispatch(database, [a, b, gone]);
    expect(found.map(({ id, status }) => [id, status]).toSorted()).toEqual(
      [
        [a.id, 'queued'],
        [b.id, 'failed'],
      ].toSorted(),
    );
    expect(await findForDispatch(database, [])).toEqual([]);
  });

  test('is not to be taken before the time of its next attempt, whatever its runAt', async () => {
    const creation = await accepted({ runAt: inSeconds(1).toISOString() });
    await set(creation, { status: 'queued', retry_at: inSeconds(30) });
    expect(await findForDispatch(database, [creation])).toMatchObject([{ runAt: inSeconds(30) }]);
  });
});

describe('a tenant’s pause', () => {
  test('is told once, keeps the time of its beginning, and is no other tenant’s', async () => {
    const [{ tenantId }, other] = [await newTenant(database), await newTenant(database)];
    const paused = async (id: typeof tenantId) =>
      (await database.knex('tenants').where('id', id).first('paused_at'))?.paused_at;
    expect(await setTenantPaused(database, tenantId, null)).toBe(false);
    expect(await setTenantPaused(database, tenantId, NOW)).toBe(true);
    expect(await setTenantPaused(database, tenantId, inSeconds(9))).toBe(false);
    expect(await paused(tenantId)).toEqual(NOW);
    expect(await paused(other.tenantId)).toBeNull();
    expect(await setTenantPaused(database, tenantId, null)).toBe(true);
    expect(await paused(tenantId)).toBeNull();
  });
});
