import { describe, expect, test } from '@jest/globals';
import { SubmitCreation, type TenantId } from '@roleforge/contracts';
import { type Acceptance, type NewCreation, newCreation, StoreUnavailable, type Submission } from '@roleforge/domain';
import { silentLogger } from '@roleforge/telemetry';
import { createIntake } from './intake.ts';
import { unobserved } from './observer.ts';

const creation = (taskId: string): NewCreation =>
  newCreation(SubmitCreation.parse({ taskId }), {
    tenantId: 'tenant' as TenantId,
    requestId: 'r',
    traceparent: null,
    now: new Date(),
  });

/** One request for these tasks; with a key, one that its client will repeat. */
const submission = (tasks: string[], key?: string): Submission => {
  const creations = tasks.map(creation);
  if (key === undefined) return { creations, idempotency: null };
  const claim = creations[0]?.id ?? 'made';
  const at = new Date();
  return {
    creations,
    idempotency: { tenantId: 'tenant' as TenantId, scope: 's', key, bodyDigest: 'd', claim, answer: 'a', at },
  };
};
const tasksOf = (submissions: readonly Submission[]): string[] =>
  submissions.flatMap(({ creations }) => creations.map(({ taskId }) => String(taskId)));
const allAccepted = (submissions: readonly Submission[]): Acceptance[] => submissions.map(() => ({ kind: 'accepted' }));

/** A ledger in memory whose commits wait to be let through one by one. */
function heldLedger(refuse: (tasks: string[]) => Error | null = () => null) {
  const groups: string[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  let arrived = Promise.withResolvers<void>();
  return {
    groups,
    async commit(submissions: readonly Submission[]) {
      const tasks = tasksOf(submissions);
      groups.push(tasks);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      arrived.resolve();
      await gate.promise;
      const error = refuse(tasks);
      if (error !== null) throw error;
      return allAccepted(submissions);
    },
    /** Lets the next commit through, once it has arrived. */
    async pass() {
      while (gates.length === 0) {
        await arrived.promise;
        arrived = Promise.withResolvers();
      }
      gates.shift()?.resolve();
    },
  };
}

const noQueue = { enqueue: async () => {}, onRefused: () => {}, observer: unobserved, log: silentLogger };

describe('the intake', () => {
  test('commits the first at once, and all that came meanwhile together', async () => {
    const ledger = heldLedger();
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const accepted = ['a', 'b', 'c', 'd'].map(task => intake.accept(submission([task]), 10));
    await ledger.pass();
    await accepted[0];
    await ledger.pass();
    await Promise.all(accepted);
    expect(ledger.groups).toEqual([['a'], ['b', 'c', 'd']]);
  });

  test('answers nobody before the commit that holds the creation', async () => {
    const ledger = heldLedger();
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    let answered = false;
    const accepted = intake.accept(submission(['a']), 10).then(() => {
      answered = true;
    });
    await Promise.resolve();
    expect(answered).toBe(false);
    await ledger.pass();
    await accepted;
  });

  test('keeps a group below eight megabytes, and takes a larger one alone', async () => {
    const ledger = heldLedger();
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const accepted = ['first', 'a', 'b', 'c'].map(task => intake.accept(submission([task]), 5 * 1_048_576));
    for (const _ of accepted) await ledger.pass();
    await Promise.all(accepted);
    expect(ledger.groups).toEqual([['first'], ['a'], ['b'], ['c']]);
  });

  test('one that the ledger refuses does not take its group with it', async () => {
    const refusal = new Error('too long');
    const ledger = heldLedger(tasks => (tasks.includes('bad') ? refusal : null));
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const outcomes = Promise.allSettled(
      ['first', 'good', 'bad', 'fine'].map(task => intake.accept(submission([task]), 10)),
    );
    for (let commits = 0; commits < 5; commits += 1) await ledger.pass();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(ledger.groups.slice(2)).toEqual([['good'], ['bad'], ['fine']]);
  });

  test('refuses all that wait when the ledger is away, so that nobody waits twice', async () => {
    const ledger = heldLedger(() => new StoreUnavailable('away'));
    const told: string[] = [];
    const onRefused = (creations: readonly NewCreation[]) =>
      void told.push(...creations.map(one => String(one.taskId)));
    const intake = createIntake({ ...noQueue, onRefused, commit: ledger.commit });
    const outcomes = Promise.allSettled(['a', 'b', 'c'].map(task => intake.accept(submission([task]), 10)));
    await ledger.pass();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(ledger.groups).toEqual([['a']]);
    expect(told).toEqual(['a']);
  });

  test('enqueues what was committed in the order of acceptance, and never what was not', async () => {
    const enqueued: string[] = [];
    const intake = createIntake({
      commit: async submissions => {
        if (tasksOf(submissions).includes('bad')) throw new Error('refused');
        return allAccepted(submissions);
      },
      onRefused: () => {},
      enqueue: async creations => void enqueued.push(...creations.map(one => String((one as NewCreation).taskId))),
      observer: unobserved,
      log: silentLogger,
    });
    await Promise.allSettled(['a', 'b', 'bad', 'c'].map(task => intake.accept(submission([task]), 10)));
    await intake.drain();
    expect(enqueued).toEqual(['a', 'b', 'c']);
  });

  test('a queue that does not answer changes nothing for those who were accepted', async () => {
    const intake = createIntake({
      commit: async submissions => allAccepted(submissions),
      onRefused: () => {},
      enqueue: async () => {
        throw new Error('Redis is away');
      },
      observer: unobserved,
      log: silentLogger,
    });
    await expect(intake.accept(submission(['a']), 10)).resolves.toEqual({ kind: 'accepted' });
    await intake.drain();
  });

  test('commits a batch in one piece, however many rows it has, and alone if it has more than a group may', async () => {
    const ledger = heldLedger();
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const batch = Array.from({ length: 1_000 }, (_, index) => `task-${index}`);
    const accepted = [['first'], ['a'], batch, ['b'], ['c', 'd']].map(tasks => intake.accept(submission(tasks), 10));
    for (let commits = 0; commits < 3; commits += 1) await ledger.pass();
    await Promise.all(accepted);
    expect(ledger.groups).toEqual([['first'], ['a', 'b', 'c', 'd'], batch]);
  });

  test('commits a single submission before the pile of batches that was there first, and the pile goes on', async () => {
    const ledger = heldLedger();
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const batches = ['p', 'q', 'r'].map(name => Array.from({ length: 400 }, (_, index) => `${name}${index}`));
    const [p, q, r] = batches as [string[], string[], string[]];
    const accepted = [['first'], p, q, r, ['single']].map(tasks => intake.accept(submission(tasks), 10));
    for (let commits = 0; commits < 4; commits += 1) await ledger.pass();
    await Promise.all(accepted);
    expect(ledger.groups).toEqual([['first'], ['single', ...p], q, r]);
  });

  test('a batch for which single submissions leave no room is passed over once, not twice', async () => {
    const ledger = heldLedger();
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const batch = Array.from({ length: 450 }, (_, index) => `b${index}`);
    const accepted = [['first'], batch].map(tasks => intake.accept(submission(tasks), 10));
    for (let n = 0; n < 1_000; n += 1) accepted.push(intake.accept(submission([`s${n}`]), 10));
    for (let commits = 0; commits < 4; commits += 1) await ledger.pass();
    await Promise.all(accepted);
    expect(ledger.groups.map(tasks => [tasks.length, tasks.includes('b0')])).toEqual([
      [1, false],
      [500, false],
      [500, true],
      [450, false],
    ]);
  });

  test('refuses what would make too much wait, says that nothing was accepted, and accepts again when there is room', async () => {
    const ledger = heldLedger();
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const half = 32 * 1_048_576 - 1_024;
    const accepted = ['first', 'a'].map(task => intake.accept(submission([task]), half));
    for (const refused of [submission(['b']), submission(['b'], 'key')])
      await expect(intake.accept(refused, 1)).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('Nothing was accepted'),
        headers: { 'Retry-After': expect.stringMatching(/^\d+$/) },
      });
    await ledger.pass();
    await accepted[0];
    const later = intake.accept(submission(['c']), half);
    await ledger.pass();
    await ledger.pass();
    await Promise.all([...accepted, later]);
    expect(ledger.groups).toEqual([['first'], ['a'], ['c']]);
  });

  test('counts with a batch the records and the answer that are made of it', async () => {
    const ledger = heldLedger();
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const batch = Array.from({ length: 1_000 }, (_, index) => `task-${index}`);
    const one = submission(batch);
    const outcomes = Promise.allSettled(Array.from({ length: 66 }, () => intake.accept(one, 48)));
    for (let commits = 0; commits < 65; commits += 1) await ledger.pass();
    expect((await outcomes).map(({ status }) => status)).toEqual([...Array(65).fill('fulfilled'), 'rejected']);
  });

  test('a key that was found held is not looked for again with every repetition', async () => {
    const asked: (string | undefined)[] = [];
    const intake = createIntake({
      ...noQueue,
      commit: async submissions =>
        submissions.map(({ idempotency }): Acceptance => {
          asked.push(idempotency?.key);
          return { kind: idempotency?.key === 'held' ? 'busy' : 'accepted' };
        }),
    });
    for (let times = 0; times < 3; times += 1)
      expect(await intake.accept(submission(['a'], 'held'), 10)).toEqual({ kind: 'busy' });
    expect(await intake.accept(submission(['b'], 'free'), 10)).toEqual({ kind: 'accepted' });
    expect(asked).toEqual(['held', 'free']);
  });

  test('tells each what became of it, and enqueues what was accepted alone', async () => {
    const outcomes: Acceptance[] = [
      { kind: 'accepted' },
      { kind: 'replayed', answer: 'the first' },
      { kind: 'reused' },
      { kind: 'busy' },
      { kind: 'accepted' },
    ];
    const enqueued: string[] = [];
    const intake = createIntake({
      ...noQueue,
      commit: async submissions => outcomes.splice(0, submissions.length),
      enqueue: async creations => void enqueued.push(...creations.map(one => String((one as NewCreation).taskId))),
    });
    const expected = [...outcomes];
    const keyed = ['b', 'c', 'd'].map(task => submission([task], 'key'));
    const all = [submission(['a1', 'a2']), ...keyed, submission(['e'])];
    expect(await Promise.all(all.map(one => intake.accept(one, 10)))).toEqual(expected);
    await intake.drain();
    expect(enqueued).toEqual(['a1', 'a2', 'e']);
  });

  test('when the ledger is away, what came with a key is refused and not withdrawn: its caller will repeat it', async () => {
    const told: string[] = [];
    const ledger = heldLedger(tasks => (tasks.includes('first') ? null : new StoreUnavailable('away')));
    const intake = createIntake({
      ...noQueue,
      commit: ledger.commit,
      onRefused: creations => void told.push(...creations.map(one => String(one.taskId))),
    });
    const submissions = [
      submission(['first']),
      submission(['a', 'b'], 'key'),
      submission(['c']),
      submission(['d'], 'k'),
    ];
    const outcomes = Promise.allSettled(submissions.map(one => intake.accept(one, 10)));
    await ledger.pass();
    await ledger.pass();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(told).toEqual(['c']);
  });

  test('a ledger that goes away while a group is committed one by one refuses the rest, and has the uncertain withdrawn', async () => {
    const told: string[] = [];
    const ledger = heldLedger(tasks => {
      if (tasks.length > 1) return new Error('too long');
      return tasks.includes('b') ? new StoreUnavailable('away') : null;
    });
    const intake = createIntake({
      ...noQueue,
      commit: ledger.commit,
      onRefused: creations => void told.push(...creations.map(one => String(one.taskId))),
    });
    const outcomes = Promise.allSettled(['first', 'a', 'b', 'c'].map(task => intake.accept(submission([task]), 10)));
    for (let commits = 0; commits < 4; commits += 1) await ledger.pass();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(ledger.groups).toEqual([['first'], ['a', 'b', 'c'], ['a'], ['b']]);
    expect(told).toEqual(['b']);
  });
});
