import { describe, expect, test } from '@jest/globals';
import { SubmitCreation, type TenantId } from '@roleforge/contracts';
import { type NewCreation, newCreation, StoreUnavailable } from '@roleforge/domain';
import { silentLogger } from '@roleforge/telemetry';
import { createIntake } from './intake.ts';

const creation = (taskId: string): NewCreation =>
  newCreation(SubmitCreation.parse({ taskId }), {
    tenantId: 'tenant' as TenantId,
    requestId: 'r',
    traceparent: null,
    now: new Date(),
  });

/** A ledger in memory whose commits wait to be let through one by one. */
function heldLedger(refuse: (tasks: string[]) => Error | null = () => null) {
  const groups: string[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  let arrived = Promise.withResolvers<void>();
  return {
    groups,
    async commit(creations: readonly NewCreation[]) {
      const tasks = creations.map(({ taskId }) => String(taskId));
      groups.push(tasks);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      arrived.resolve();
      await gate.promise;
      const error = refuse(tasks);
      if (error !== null) throw error;
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

const noQueue = { enqueue: async () => {}, onRefused: () => {}, log: silentLogger };

describe('the intake', () => {
  test('commits the first at once, and all that came meanwhile together', async () => {
    const ledger = heldLedger();
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const accepted = ['a', 'b', 'c', 'd'].map(task => intake.accept(creation(task), 10));
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
    const accepted = intake.accept(creation('a'), 10).then(() => {
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
    const accepted = ['first', 'a', 'b', 'c'].map(task => intake.accept(creation(task), 5 * 1_048_576));
    for (const _ of accepted) await ledger.pass();
    await Promise.all(accepted);
    expect(ledger.groups).toEqual([['first'], ['a'], ['b'], ['c']]);
  });

  test('one that the ledger refuses does not take its group with it', async () => {
    const refusal = new Error('too long');
    const ledger = heldLedger(tasks => (tasks.includes('bad') ? refusal : null));
    const intake = createIntake({ ...noQueue, commit: ledger.commit });
    const outcomes = Promise.allSettled(
      ['first', 'good', 'bad', 'fine'].map(task => intake.accept(creation(task), 10)),
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
    const outcomes = Promise.allSettled(['a', 'b', 'c'].map(task => intake.accept(creation(task), 10)));
    await ledger.pass();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(ledger.groups).toEqual([['a']]);
    expect(told).toEqual(['a']);
  });

  test('enqueues what was committed in the order of acceptance, and never what was not', async () => {
    const enqueued: string[] = [];
    const intake = createIntake({
      commit: async creations => {
        if (creations.some(({ taskId }) => String(taskId) === 'bad')) throw new Error('refused');
      },
      onRefused: () => {},
      enqueue: async creations => void enqueued.push(...creations.map(one => String((one as NewCreation).taskId))),
      log: silentLogger,
    });
    await Promise.allSettled(['a', 'b', 'bad', 'c'].map(task => intake.accept(creation(task), 10)));
    await intake.drain();
    expect(enqueued).toEqual(['a', 'b', 'c']);
  });

  test('a queue that does not answer changes nothing for those who were accepted', async () => {
    const intake = createIntake({
      commit: async () => {},
      onRefused: () => {},
      enqueue: async () => {
        throw new Error('Redis is away');
      },
      log: silentLogger,
    });
    await expect(intake.accept(creation('a'), 10)).resolves.toBeUndefined();
    await intake.drain();
  });
});
