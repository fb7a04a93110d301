import { afterAll, expect, test } from '@jest/globals';
import { CreationStatus } from '@roleforge/contracts';
import { AttemptSuperseded, CreationFailure, isLegalChange, isTerminal, type TakenCreation } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import fc from 'fast-check';
import {
  cancelCreation,
  concedeLost,
  createAttemptLedger,
  findCreation,
  lapseOverdue,
  openDatabase,
  pauseCreation,
  queueDue,
  restartCreation,
  resumeCreation,
  setTenantPaused,
} from './index.ts';
import { DRAFT, GATHERED, roleOf, waitingCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

/**
 * Lives of one creation: calls of its owner, workers that take it, go on, fail, freeze and come back much later, a reconciler, and
 * time. Each command acts on the real ledger; what it may do there is for the ledger to say. Between any two looks the state must
 * have changed along the transitions, and what must never be is looked for after every command.
 */
const COMMANDS = [
  'take',
  'gather',
  'write',
  'hold',
  'succeed',
  'retry',
  'release',
  'putOff',
  'fail',
  'expire',
  'concede',
  'cancel',
  'pause',
  'resume',
  'restart',
  'pauseTenant',
  'resumeTenant',
  'lapse',
  'concedeLost',
  'queueDue',
  'tick',
] as const;
type Command = (typeof COMMANDS)[number];

/** `worker` chooses among the attempts there have been: the latest, or one that was thought dead. */
type Step = { command: Command; worker: number; together: Command | null };

const step: fc.Arbitrary<Step> = fc.record({
  // Taking and finishing are what life is about; without weight on them few roles would be made.
  command: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom('take', 'succeed', 'restart' as const) },
    { weight: 5, arbitrary: fc.constantFrom(...COMMANDS) },
  ),
  worker: fc.nat({ max: 3 }),
  together: fc.option(fc.constantFrom(...COMMANDS), { freq: 3, nil: null }),
});

test('no life of a creation has an illegal change, a second role version, or an end that is taken back', async () => {
  const reached = new Set<CreationStatus>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), fc.boolean(), async (steps, later) => {
      const { tenantId } = await newTenant(database);
      let now = Date.now();
      const clock = () => new Date(now);
      const ledger = createAttemptLedger(database, clock);
      const creation = await waitingCreation(database, tenantId, {
        now: clock(),
        deadlineSeconds: 300,
        ...(later ? { runAt: new Date(now + 60_000).toISOString() } : {}),
      });
      const attempts: TakenCreation[] = [];
      const failure = new CreationFailure('provider_timeout', 'No answer.');
      const end = { step: 'writing' } as const;

      const COMMAND: Record<Command, (attempt: TakenCreation | undefined) => Promise<unknown>> = {
        take: async () => {
          const taken = await ledger.take(tenantId, creation.id);
          if (taken.kind === 'taken') attempts.unshift(taken.creation);
        },
        gather: async attempt => attempt && ledger.gathered(attempt, GATHERED, creation.sources, []),
        write: async attempt => attempt && ledger.written(attempt, DRAFT),
        hold: async attempt => attempt && ledger.holdIfAsked(attempt, end),
        succeed: async attempt => attempt && ledger.succeed(attempt, roleOf(attempt)),
        retry: async attempt => attempt && ledger.retry(attempt, end, failure, clock()),
        release: async attempt => attempt && ledger.release(attempt, end),
        putOff: async attempt =>
          attempt && ledger.putOff(attempt, { reason: 'breaker_open', until: clock(), message: 'It is failing.' }),
        fail: async attempt => attempt && ledger.fail(attempt, end, failure),
        expire: async attempt => attempt && ledger.expire(attempt, end, failure),
        concede: async attempt => attempt && ledger.concede(attempt, end),
        cancel: () => cancelCreation(database, creation, clock()),
        pause: () => pauseCreation(database, creation),
        resume: () => resumeCreation(database, creation, clock()),
        restart: () => restartCreation(database, creation, clock()),
        pauseTenant: () => setTenantPaused(database, tenantId, clock()),
        resumeTenant: () => setTenantPaused(database, tenantId, null),
        lapse: () => lapseOverdue(database, [creation], clock()),
        concedeLost: () => concedeLost(database, [creation], clock()),
        queueDue: () => queueDue(database, [creation], clock()),
        tick: async () => {
          now += 90_000;
        },
      };
      const act = (command: Command, worker: number) =>
        COMMAND[command](attempts[worker]).catch(error => {
          if (!(error instanceof AttemptSuperseded)) throw error;
        });

      let status: CreationStatus = creation.status;
      for (const { command, worker, together } of steps) {
        await Promise.all([act(command, worker), ...(together === null ? [] : [act(together, 0)])]);
        const record = await findCreation(database, tenantId, creation.id);
        const after = record?.status as CreationStatus;
        reached.add(after);

        const direct = after === status || isLegalChange(status, after);
        if (!direct && !(together !== null && isLegalInTwo(status, after)))
          throw new Error(`${command}${together === null ? '' : ` with ${together}`}: from ${status} to ${after}`);
        const restarted = command === 'restart' || together === 'restart';
        if (isTerminal(status) && after !== status && !restarted) throw new Error(`${status} was taken back`);

        const versions = await database.knex('role_versions').where('creation_id', creation.id).select('version');
        expect(versions).toHaveLength(after === 'succeeded' ? 1 : 0);
        expect(record?.roleVersion).toBe(after === 'succeeded' ? 1 : null);
        expect(record?.finishedAt === null).toBe(!isTerminal(after));
        expect(record?.step === null).toBe(after !== 'running' && after !== 'cancelling');
        status = after;
      }
    }),
    { numRuns: 150 },
  );
  // The walk has been everywhere; otherwise it would prove nothing.
  expect([...reached].toSorted()).toEqual(CreationStatus.options.toSorted());
}, 120_000);

/** Two commands at the same moment may make two changes before anybody looks. */
function isLegalInTwo(from: CreationStatus, to: CreationStatus): boolean {
  return CreationStatus.options.some(between => isLegalChange(from, between) && isLegalChange(between, to));
}
