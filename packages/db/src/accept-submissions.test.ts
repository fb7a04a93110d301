import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import type { TaskId, TenantId } from '@roleforge/contracts';
import type { Acceptance, Submission } from '@roleforge/domain';
import { newTenant, startStopwatch, testServers } from '@roleforge/testkit';
import { acceptSubmissions, type Database, openDatabase } from './index.ts';
import { aCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());
const opened: Database[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A pool of its own, as each process has one. */
function open(patienceMs = 10_000): Database {
  const own = openDatabase({ url: testServers().databaseUrl, patienceMs });
  opened.push(own);
  return own;
}

const NOON = new Date('2031-05-05T12:00:00.000Z');
const hoursLater = (hours: number, ms = 0) => new Date(NOON.getTime() + hours * 3_600_000 + ms);

type Given = { body?: string; scope?: string; at?: Date; creations?: number };

/** A request with a key. Its answer is the id of its first creation, which tells one from the other. */
function keyed(tenantId: TenantId, key: string, given: Given = {}): Submission {
  const { body = 'a', scope = 'submitCreation', at = NOON, creations: count = 1 } = given;
  const creations = Array.from({ length: count }, () => aCreation(tenantId));
  const claim = creations[0]?.id ?? aCreation(tenantId).id;
  return {
    creations,
    idempotency: { tenantId, scope, key, bodyDigest: body.repeat(64), claim, answer: `“${claim}”`, at },
  };
}
const keyless = (tenantId: TenantId, count = 1): Submission => ({
  creations: Array.from({ length: count }, () => aCreation(tenantId)),
  idempotency: null,
});

const answerTo = ({ idempotency }: Submission) => idempotency?.answer ?? '';
const replayOf = (first: Submission): Acceptance => ({ kind: 'replayed', answer: answerTo(first) });
const idsOf = (...submissions: Submission[]) =>
  submissions.flatMap(({ creations }) => creations.map(({ id }) => String(id))).toSorted();
const committed = async (tenantId: TenantId): Promise<string[]> =>
  (await database.knex('role_creations').where('tenant_id', tenantId).pluck('id')).toSorted();

const ACCEPTED: Acceptance = { kind: 'accepted' };
const REUSED: Acceptance = { kind: 'reused' };

describe('submissions without a key', () => {
  test('are committed by one statement, many of one request with one of another', async () => {
    const { tenantId } = await newTenant(database);
    const statements: string[] = [];
    const own = open();
    const connection = await own.knex.client.acquireConnection();
    const query = connection.query;
    connection.query = (sql: string, ...rest: unknown[]) => {
      statements.push(sql);
      return query.call(connection, sql, ...rest);
    };
    await own.knex.client.releaseConnection(connection);
    const submissions = [keyless(tenantId), keyless(tenantId, 1_000), keyless(tenantId, 0)];
    expect(await acceptSubmissions(own, submissions)).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
    expect(await committed(tenantId)).toEqual(idsOf(...submissions));
    expect(statements).toEqual([expect.stringContaining('INSERT INTO role_creations')]);
  });
});

describe('a submission with a key', () => {
  test('is committed once: the second gets the answer of the first', async () => {
    const { tenantId } = await newTenant(database);
    const [first, second] = [keyed(tenantId, 'k'), keyed(tenantId, 'k')];
    expect(await acceptSubmissions(database, [first])).toEqual([ACCEPTED]);
    expect(await acceptSubmissions(open(), [second])).toEqual([replayOf(first)]);
    expect(await committed(tenantId)).toEqual(idsOf(first));
  });

  test('under which another body came is not committed, and changes nothing', async () => {
    const { tenantId } = await newTenant(database);
    const first = keyed(tenantId, 'k');
    await acceptSubmissions(database, [first]);
    expect(await acceptSubmissions(database, [keyed(tenantId, 'k', { body: 'b' })])).toEqual([REUSED]);
    expect(await acceptSubmissions(database, [keyed(tenantId, 'k')])).toEqual([replayOf(first)]);
    expect(await committed(tenantId)).toEqual(idsOf(first));
  });

  test('is another for another tenant, for another call, and for a key that differs in case or in a space', async () => {
    const [{ tenantId }, other] = [await newTenant(database), await newTenant(database)];
    const make = () => [
      keyed(tenantId, 'k'),
      keyed(other.tenantId, 'k', { body: 'b' }),
      keyed(tenantId, 'k', { scope: 'submitBatch', body: 'c' }),
      keyed(tenantId, 'K', { body: 'd' }),
      keyed(tenantId, 'k ', { body: 'e' }),
      keyed(tenantId, `'"\\%_?`, { body: 'f' }),
    ];
    const submissions = make();
    for (const one of submissions) expect(await acceptSubmissions(database, [one])).toEqual([ACCEPTED]);
    expect(await acceptSubmissions(database, make())).toEqual(submissions.map(replayOf));
  });

  test('holds for 24 hours from the first, and then the key may be used anew', async () => {
    const { tenantId } = await newTenant(database);
    const first = keyed(tenantId, 'k');
    const late = keyed(tenantId, 'k', { at: hoursLater(24, -1) });
    const anew = keyed(tenantId, 'k', { body: 'b', at: hoursLater(24) });
    const after = keyed(tenantId, 'k', { body: 'b', at: hoursLater(47) });
    expect(await acceptSubmissions(database, [first])).toEqual([ACCEPTED]);
    expect(await acceptSubmissions(database, [late])).toEqual([replayOf(first)]);
    expect(await acceptSubmissions(database, [anew])).toEqual([ACCEPTED]);
    expect(await acceptSubmissions(database, [after, keyed(tenantId, 'k', { at: hoursLater(47) })])).toEqual([
      replayOf(anew),
      REUSED,
    ]);
    expect(await committed(tenantId)).toEqual(idsOf(first, anew));
  });

  test('may have many creations, or none: a batch in which nothing was right is remembered, too', async () => {
    const { tenantId } = await newTenant(database);
    const [many, none] = [keyed(tenantId, 'many', { creations: 1_000 }), keyed(tenantId, 'none', { creations: 0 })];
    expect(await acceptSubmissions(database, [many, none])).toEqual([ACCEPTED, ACCEPTED]);
    expect(await acceptSubmissions(database, [keyed(tenantId, 'none', { creations: 0 })])).toEqual([replayOf(none)]);
    expect(await acceptSubmissions(database, [keyed(tenantId, 'many', { creations: 9 })])).toEqual([replayOf(many)]);
    expect(await committed(tenantId)).toEqual(idsOf(many));
  });

  test('that is refused does not take the others of its group with it', async () => {
    const { tenantId } = await newTenant(database);
    const first = keyed(tenantId, 'k');
    await acceptSubmissions(database, [first]);
    const group = [
      keyless(tenantId, 2),
      keyed(tenantId, 'k', { body: 'b' }),
      keyed(tenantId, 'new'),
      keyed(tenantId, 'k'),
      keyed(tenantId, 'new', { body: 'b' }),
      keyed(tenantId, 'new'),
    ];
    const [free, , fresh] = group as [Submission, Submission, Submission];
    expect(await acceptSubmissions(database, group)).toEqual([
      ACCEPTED,
      REUSED,
      ACCEPTED,
      replayOf(first),
      REUSED,
      replayOf(fresh),
    ]);
    expect(await committed(tenantId)).toEqual(idsOf(first, free, fresh));
  });

  test('whose creation the database refuses leaves the key free', async () => {
    const { tenantId } = await newTenant(database);
    const bad = keyed(tenantId, 'k');
    const tooLong = { ...aCreation(tenantId), taskId: 'x'.repeat(65) as TaskId };
    await expect(acceptSubmissions(database, [{ ...bad, creations: [tooLong] }])).rejects.toMatchObject({
      code: 'ER_DATA_TOO_LONG',
    });
    expect(await acceptSubmissions(database, [keyed(tenantId, 'k', { body: 'b' })])).toEqual([ACCEPTED]);
  });
});

describe('one key in many hands', () => {
  test('of requests that come at once to several processes one is committed, and all get its answer', async () => {
    const { tenantId } = await newTenant(database);
    const pools = [open(), open(), open()];
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const groups = Array.from({ length: 30 }, (_, n) => ({
      pool: pools[n % pools.length] as Database,
      submissions: (n % 2 === 0 ? keys : keys.toReversed()).map(key => keyed(tenantId, key)),
    }));
    const outcomes = await Promise.all(groups.map(({ pool, submissions }) => acceptSubmissions(pool, submissions)));
    const all = groups.flatMap(({ submissions }, group) =>
      submissions.map((submission, index) => ({ submission, outcome: outcomes[group]?.[index] })),
    );
    const winners = all.filter(({ outcome }) => outcome?.kind === 'accepted').map(({ submission }) => submission);
    expect(winners.map(({ idempotency }) => idempotency?.key).toSorted()).toEqual(keys);
    expect(await committed(tenantId)).toEqual(idsOf(...winners));
    for (const { submission, outcome } of all) {
      const winner = winners.find(({ idempotency }) => idempotency?.key === submission.idempotency?.key) as Submission;
      expect(outcome).toEqual(submission === winner ? ACCEPTED : replayOf(winner));
    }
  });

  test('one that another process is about to commit is waited for', async () => {
    const { tenantId } = await newTenant(database);
    const first = keyed(tenantId, 'k');
    const trx = await open().knex.transaction();
    await trx('idempotency_keys').insert(keyRow(first));
    const second = acceptSubmissions(open(), [keyed(tenantId, 'k')]);
    await lockWaited(database);
    await trx.commit();
    expect(await second).toEqual([replayOf(first)]);
    expect(await committed(tenantId)).toEqual([]);
  });

  test('one whose holder gives up is taken by who waits', async () => {
    const { tenantId } = await newTenant(database);
    const trx = await open().knex.transaction();
    await trx('idempotency_keys').insert(keyRow(keyed(tenantId, 'k')));
    const second = keyed(tenantId, 'k', { body: 'b' });
    const outcome = acceptSubmissions(open(), [second]);
    await lockWaited(database);
    await trx.rollback();
    expect(await outcome).toEqual([ACCEPTED]);
    expect(await committed(tenantId)).toEqual(idsOf(second));
  });

  test.each([
    ['for the first time', false],
    ['for a repetition', true],
  ])('one whose holder hangs, %s, is busy, within the patience, and no other key with it', async (_, known) => {
    const { tenantId } = await newTenant(database);
    const first = keyed(tenantId, 'held');
    const [before, after] = [keyed(tenantId, 'a'), keyed(tenantId, 'z', { scope: 'submitBatch' })];
    if (known) await acceptSubmissions(database, [first]);
    const trx = await open().knex.transaction();
    if (known) await trx('idempotency_keys').where('tenant_id', tenantId).forUpdate();
    else await trx('idempotency_keys').insert(keyRow(first));
    const group = [before, keyed(tenantId, 'held'), keyless(tenantId), after, keyed(tenantId, 'held')];
    const watch = startStopwatch();
    const outcomes = await acceptSubmissions(open(1_500), group);
    // Not twice as long, as if the rest had waited for it again.
    expect(watch.stop()).toBeLessThan(2_800);
    await trx.rollback();
    expect(outcomes).toEqual([ACCEPTED, { kind: 'busy' }, ACCEPTED, ACCEPTED, { kind: 'busy' }]);
    expect(await committed(tenantId)).toEqual(idsOf(before, group[2] as Submission, after, ...(known ? [first] : [])));
    expect(await acceptSubmissions(database, [keyed(tenantId, 'a')])).toEqual([replayOf(before)]);
  });

  test('one whose holder hangs makes those with keys wait for another time, within the patience, and no others', async () => {
    const { tenantId } = await newTenant(database);
    const trx = await open().knex.transaction();
    await trx('idempotency_keys').insert(keyRow(keyed(tenantId, 'k')));
    const group = [keyless(tenantId), keyed(tenantId, 'k'), keyless(tenantId)];
    const [a, held, c] = group as [Submission, Submission, Submission];
    expect(await acceptSubmissions(open(1_500), group)).toEqual([ACCEPTED, { kind: 'busy' }, ACCEPTED]);
    await trx.rollback();
    expect(await committed(tenantId)).toEqual(idsOf(a, c));
    expect(await acceptSubmissions(database, [held])).toEqual([ACCEPTED]);
  });
});

/** What the ledger holds for a key that was taken. */
function keyRow({ idempotency }: Submission): object {
  return {
    tenant_id: idempotency?.tenantId,
    scope: idempotency?.scope,
    idempotency_key: idempotency?.key,
    body_digest: idempotency?.bodyDigest,
    claim: idempotency?.claim,
    answer: idempotency?.answer,
    created_at: idempotency?.at,
  };
}

/** Resolves once somebody is at taking a key, which takes an instant unless another has it. */
async function lockWaited({ knex }: Database): Promise<void> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    const [rows] = await knex.raw(
      "SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'INSERT INTO idempotency_keys%'",
    );
    if (rows.length > 0) return;
  }
  throw new Error('Nobody waits for a lock.');
}
