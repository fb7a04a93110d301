import { afterAll, describe, expect, test } from '@jest/globals';
import { CreationStatus, type Priority } from '@roleforge/contracts';
import {
  allows,
  CreationFailure,
  type CreationRecord,
  isLegalChange,
  type NewCreation,
  newCreationId,
  PENDING_SOURCES,
  stateAfter,
  type TakenCreation,
  type Transition,
} from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import {
  cancelCreation,
  changePriority,
  createAttemptLedger,
  findCreation,
  openDatabase,
  pauseCreation,
  restartCreation,
  resumeCreation,
} from './index.ts';
import { type aCreation, DRAFT, GATHERED, taken, waitingCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOW = new Date('2031-05-05T12:00:00.456Z');
const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const ledger = createAttemptLedger(database, () => NOW);
const FAILURE = new CreationFailure('provider_timeout', 'The model did not answer.');

async function accepted(given: Parameters<typeof aCreation>[1] = {}) {
  const { tenantId } = await newTenant(database);
  return waitingCreation(database, tenantId, { now: NOW, ...given });
}

const rowOf = ({ tenantId, id }: NewCreation) =>
  database.knex('role_creations').where({ tenant_id: tenantId, id }).first();
const set = ({ tenantId, id }: NewCreation, changes: object) =>
  database.knex('role_creations').where({ tenant_id: tenantId, id }).update(changes);

async function read({ tenantId, id }: NewCreation): Promise<CreationRecord> {
  const record = await findCreation(database, tenantId, id);
  if (record === null) throw new Error('It is gone.');
  return record;
}

const did = (done: boolean) => (done ? 'done' : 'refused');

/** Each wish, and the transitions by which it is carried out, or passed on to a worker. */
const WISHES = {
  cancel: { ask: creation => cancelCreation(database, creation, NOW), done: ['cancel'], asked: ['askToCancel'] },
  pause: { ask: creation => pauseCreation(database, creation), done: ['pause'], asked: ['hold'] },
  resume: { ask: creation => resumeCreation(database, creation, NOW), done: ['resume', 'postpone'], asked: [] },
  restart: {
    ask: async creation => did(await restartCreation(database, creation, NOW)),
    done: ['restart', 'restartLater'],
    asked: [],
  },
} as const satisfies Record<
  string,
  { ask: (creation: NewCreation) => Promise<string>; done: Transition[]; asked: Transition[] }
>;
type Wish = keyof typeof WISHES;

const CASES = (Object.keys(WISHES) as Wish[]).flatMap(wish =>
  CreationStatus.options.map(status => [wish, status] as const),
);

describe('a wish', () => {
  test.each(CASES)(
    'to %s one that is %s is carried out, passed on or refused as the table has it',
    async (wish, from) => {
      const creation = await accepted();
      await set(creation, { status: from });
      const before = await rowOf(creation);
      const { ask, done, asked } = WISHES[wish];
      const allowed = (transitions: readonly Transition[]) => transitions.filter(one => allows(from, one));
      const expected = allowed(done).length > 0 ? 'done' : allowed(asked).length > 0 ? 'asked' : 'refused';
      expect(await ask(creation)).toBe(expected);
      const { status, pauseRequested } = await read(creation);
      if (expected === 'refused') expect(await rowOf(creation)).toEqual(before);
      if (expected === 'done') expect(allowed(done).map(stateAfter)).toContain(status);
      if (wish === 'cancel' && expected === 'asked') expect(status).toBe('cancelling');
      if (wish === 'pause' && expected === 'asked')
        expect({ status, pauseRequested }).toEqual({ status: from, pauseRequested: true });
      expect(status === from || isLegalChange(from, status)).toBe(true);
    },
  );

  test.each(Object.keys(WISHES) as Wish[])('to %s is none of a stranger’s, nor for what is not there', async wish => {
    const creation = await accepted();
    const { tenantId } = await newTenant(database);
    const before = await rowOf(creation);
    expect(await WISHES[wish].ask({ ...creation, tenantId })).toBe('refused');
    expect(await WISHES[wish].ask({ ...creation, id: newCreationId(NOW.getTime()) })).toBe('refused');
    expect(await rowOf(creation)).toEqual(before);
  });

  test.each(CreationStatus.options)('for another priority is fulfilled where it waits: %s', async status => {
    const creation = await accepted({ priority: 'low' });
    await set(creation, { status });
    const waits = ['scheduled', 'queued', 'held'].includes(status);
    expect(await changePriority(database, creation, 'urgent')).toBe(waits);
    expect(await read(creation)).toMatchObject({ status, priority: waits ? 'urgent' : 'low' });
    // A wish that is fulfilled already is no refusal.
    expect(await changePriority(database, creation, 'urgent')).toBe(waits);
  });
});

describe('cancelling', () => {
  test('one that waits ends it, whatever it waited for', async () => {
    const creation = await accepted();
    await set(creation, { retry_at: inSeconds(60), attempts: 1 });
    expect(await cancelCreation(database, creation, NOW)).toBe('done');
    expect(await read(creation)).toMatchObject({ status: 'cancelled', finishedAt: NOW, retryAt: null, step: null });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'ended' });
    expect(await cancelCreation(database, creation, inSeconds(9))).toBe('refused');
    expect(await read(creation)).toMatchObject({ finishedAt: NOW });
  });

  test('one that runs takes a pause back that was asked for before', async () => {
    const creation = await accepted();
    const attempt = await taken(ledger, creation);
    expect(await pauseCreation(database, creation)).toBe('asked');
    expect(await cancelCreation(database, creation, NOW)).toBe('asked');
    expect(await read(creation)).toMatchObject({ status: 'cancelling', pauseRequested: false, finishedAt: null });
    await expect(ledger.holdIfAsked(attempt, { step: 'gathering' })).rejects.toMatchObject({
      code: 'attempt_superseded',
    });
    expect(await pauseCreation(database, creation)).toBe('refused');
  });
});

describe('pausing and resuming', () => {
  test.each([
    ['given back', (attempt: TakenCreation) => ledger.release(attempt, { step: 'writing' })],
    [
      'to be tried again',
      (attempt: TakenCreation) => ledger.retry(attempt, { step: 'writing' }, FAILURE, inSeconds(60)),
    ],
  ])('a pause of one that runs holds too when its attempt is %s', async (_, end) => {
    const creation = await accepted();
    const attempt = await taken(ledger, creation);
    await pauseCreation(database, creation);
    await end(attempt);
    expect(await read(creation)).toMatchObject({ status: 'held', pauseRequested: false, step: null });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'unavailable', status: 'held' });
    expect(await resumeCreation(database, creation, NOW)).toBe('done');
    expect(await read(creation)).toMatchObject({ status: 'queued', retryAt: null });
  });

  test('one whose runAt is still to come is scheduled again, and one whose runAt has come waits its turn', async () => {
    const creation = await accepted({ runAt: inSeconds(60).toISOString() });
    for (const [now, status] of [
      [NOW, 'scheduled'],
      [inSeconds(60), 'queued'],
    ] as const) {
      expect(await pauseCreation(database, creation)).toBe('done');
      expect(await read(creation)).toMatchObject({ status: 'held', runAt: inSeconds(60) });
      expect(await resumeCreation(database, creation, now)).toBe('done');
      expect(await read(creation)).toMatchObject({ status, runAt: inSeconds(60) });
    }
  });

  test('one that was held between two steps goes on from there', async () => {
    const creation = await accepted();
    const attempt = await taken(ledger, creation);
    await ledger.gathered(attempt, GATHERED, PENDING_SOURCES, []);
    await pauseCreation(database, creation);
    expect(await ledger.holdIfAsked(attempt, { step: 'writing' })).toBe(true);
    expect(await resumeCreation(database, creation, NOW)).toBe('done');
    expect(await taken(ledger, creation)).toMatchObject({
      attempts: 1,
      checkpoint: { gathered: GATHERED, draft: null },
    });
  });

  test('a pause that no worker has carried out yet is taken back', async () => {
    const creation = await accepted();
    const attempt = await taken(ledger, creation);
    expect(await resumeCreation(database, creation, NOW)).toBe('refused');
    await pauseCreation(database, creation);
    expect(await resumeCreation(database, creation, NOW)).toBe('asked');
    expect(await read(creation)).toMatchObject({ status: 'running', pauseRequested: false });
    expect(await ledger.holdIfAsked(attempt, { step: 'gathering' })).toBe(false);
  });
});

describe('beginning again', () => {
  test('counts attempts anew, forgets the failure, and keeps the answer that was paid for', async () => {
    const creation = await accepted();
    const attempt = await taken(ledger, creation);
    await ledger.gathered(attempt, GATHERED, PENDING_SOURCES, []);
    await ledger.written(attempt, DRAFT);
    await cancelCreation(database, creation, NOW);
    await ledger.concede(attempt, { step: 'saving' });
    await set(creation, { error: '{"code":"internal_error"}', retry_at: NOW });
    expect(await restartCreation(database, creation, inSeconds(5))).toBe(true);
    expect(await read(creation)).toMatchObject({
      status: 'queued',
      step: null,
      attempts: 0,
      startedAt: null,
      finishedAt: null,
      retryAt: null,
      cancelledStep: null,
      error: null,
      pauseRequested: false,
      kept: ['sources', 'draft'],
      history: [{ outcome: 'cancelled' }],
    });
    expect(await taken(ledger, creation)).toMatchObject({
      attempts: 1,
      failures: { service: 0, limit: 0, provider: 0, draft: 0 },
      checkpoint: { gathered: GATHERED, draft: DRAFT },
    });
  });

  test('without an answer the sources are read again', async () => {
    const creation = await accepted();
    const attempt = await taken(ledger, creation);
    const outcomes = { ...PENDING_SOURCES, products: { state: 'failed', ms: 12.5 } } as const;
    await ledger.gathered(attempt, GATHERED, outcomes, [{ source: 'products', reason: 'failed' }]);
    await cancelCreation(database, creation, NOW);
    await ledger.concede(attempt, { step: 'writing' });
    expect(await read(creation)).toMatchObject({ kept: ['sources'], sources: outcomes });
    await restartCreation(database, creation, NOW);
    expect(await read(creation)).toMatchObject({ kept: [], sources: PENDING_SOURCES, degraded: [] });
    expect(await taken(ledger, creation)).toMatchObject({ checkpoint: { gathered: null, draft: null } });
  });

  test('shuts out the attempts of its earlier life', async () => {
    const creation = await accepted();
    const old = await taken(ledger, creation);
    await cancelCreation(database, creation, NOW);
    await ledger.concede(old, { step: 'gathering' });
    await restartCreation(database, creation, NOW);
    const current = await taken(ledger, creation);
    expect(current.epoch).toBe(old.epoch + 1);
    await expect(ledger.written(old, DRAFT)).rejects.toMatchObject({ code: 'attempt_superseded' });
  });

  test('counts the deadline anew, each time', async () => {
    const creation = await accepted({ deadlineSeconds: 60 });
    for (const again of [1_000, 2_000]) {
      await set(creation, { status: 'expired', finished_at: inSeconds(again) });
      expect(await restartCreation(database, creation, inSeconds(again))).toBe(true);
      expect(await read(creation)).toMatchObject({ status: 'queued', deadlineAt: inSeconds(again + 60) });
    }
  });

  test('one that is to run later waits for its time again, and its deadline is counted from there', async () => {
    const creation = await accepted({ runAt: inSeconds(600).toISOString(), deadlineSeconds: 60 });
    await cancelCreation(database, creation, NOW);
    expect(await restartCreation(database, creation, inSeconds(30))).toBe(true);
    expect(await read(creation)).toMatchObject({
      status: 'scheduled',
      runAt: inSeconds(600),
      deadlineAt: inSeconds(660),
    });
    await cancelCreation(database, creation, NOW);
    expect(await restartCreation(database, creation, inSeconds(700))).toBe(true);
    expect(await read(creation)).toMatchObject({ status: 'queued', deadlineAt: inSeconds(760) });
  });

  test('one without a deadline has none afterwards', async () => {
    const creation = await accepted();
    await cancelCreation(database, creation, NOW);
    await restartCreation(database, creation, NOW);
    expect(await read(creation)).toMatchObject({ deadlineAt: null });
  });
});

describe('wishes and takes at the same moment', () => {
  const ROUNDS = 15;
  const rounds = async (round: (creation: NewCreation) => Promise<void>) => {
    for (let n = 0; n < ROUNDS; n += 1) await round(await accepted());
  };

  test('a cancelling either ends it before it is taken, or is passed on to its taker', async () => {
    await rounds(async creation => {
      const [cancelled, take] = await Promise.all([
        cancelCreation(database, creation, NOW),
        ledger.take(creation.tenantId, creation.id),
      ]);
      const { status, attempts } = await read(creation);
      if (cancelled === 'done')
        expect({ status, attempts, take }).toEqual({ status: 'cancelled', attempts: 0, take: { kind: 'ended' } });
      else expect([cancelled, status, take.kind]).toEqual(['asked', 'cancelling', 'taken']);
    });
  });

  test('a pause either holds it back, or is passed on to its taker', async () => {
    await rounds(async creation => {
      const [paused, take] = await Promise.all([
        pauseCreation(database, creation),
        ledger.take(creation.tenantId, creation.id),
      ]);
      const { status, pauseRequested } = await read(creation);
      if (paused === 'done') expect([status, take]).toEqual(['held', { kind: 'unavailable', status: 'held' }]);
      else expect([paused, status, pauseRequested, take.kind]).toEqual(['asked', 'running', true, 'taken']);
    });
  });

  test('of many who cancel one does it, and of many who begin it again one', async () => {
    await rounds(async creation => {
      const cancels = await Promise.all(Array.from({ length: 5 }, () => cancelCreation(database, creation, NOW)));
      expect(cancels.toSorted()).toEqual(['done', 'refused', 'refused', 'refused', 'refused']);
      const restarts = await Promise.all(Array.from({ length: 5 }, () => restartCreation(database, creation, NOW)));
      expect(restarts.filter(Boolean)).toHaveLength(1);
      expect(await read(creation)).toMatchObject({ status: 'queued', attempts: 0 });
    });
  });

  test('all wishes at once leave a state to which the table leads', async () => {
    const priorities: Priority[] = ['urgent', 'low'];
    await rounds(async creation => {
      await Promise.all([
        ...Object.values(WISHES).map(({ ask }) => ask(creation)),
        ...priorities.map(priority => changePriority(database, creation, priority)),
        ledger.take(creation.tenantId, creation.id),
      ]);
      const { status, pauseRequested, finishedAt } = await read(creation);
      expect(['queued', 'held', 'running', 'cancelling', 'cancelled']).toContain(status);
      if (pauseRequested) expect(status).toBe('running');
      expect(finishedAt !== null).toBe(status === 'cancelled');
    });
  });
});
