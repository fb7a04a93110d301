import type { Creation } from '@roleforge/contracts';
import type { KillableServer } from '@roleforge/testkit';
import { type Journey, until, versionsOf } from '../journeys/journey.fixture.ts';

/** What became of the creations that were submitted while a master of Redis died. */
export type Failover = {
  master: KillableServer;
  accepted: readonly Creation[];
  ended: readonly Ended[];
  /** How long it took, in words. */
  figures: string;
};

/**
 * Kills the master under a load that goes on until another has been in its place for a while, and waits for the end of all that was
 * accepted. Rejects if one submission was not.
 * @param findMaster who is the master now
 */
export async function killMasterUnderLoad(
  journey: Journey,
  findMaster: () => Promise<KillableServer>,
): Promise<Failover> {
  const load = submitSteadily(journey, 100);
  await until(() => load.accepted.length >= 10);
  const master = await findMaster();
  const killedAt = new Date();
  await master.kill();
  await until(async () => (await findMaster()).url !== master.url);
  const replacedMs = Date.now() - killedAt.getTime();
  const before = load.accepted.length;
  await until(() => load.accepted.length >= before + 20);
  await load.stop();
  const { accepted } = load;
  const ended = await allEnded(journey, accepted);
  const figures =
    `the master was replaced after ${replacedMs} ms, the first creation submitted meanwhile was made after ` +
    `${recoveryMs(ended, killedAt)} ms; ${accepted.length} accepted, the slowest answer in ${Math.round(load.slowestMs())} ms`;
  return { master, accepted, ended, figures };
}

const TASKS = ['tea-shop', 'outdoor-gear', 'language-coach', 'game-character'];

/** Creations that are submitted at an even pace, whatever becomes of Redis meanwhile. */
type SteadyLoad = {
  /** Those answered with 202 so far. */
  accepted: readonly Creation[];
  /** The longest that an answer took, in milliseconds. */
  slowestMs(): number;
  /** Rejects if one submission was answered with something else than 202. */
  stop(): Promise<void>;
};

function submitSteadily(journey: Journey, everyMs: number): SteadyLoad {
  const accepted: Creation[] = [];
  const answers: Promise<unknown>[] = [];
  let slowestMs = 0;
  const timer = setInterval(() => {
    const sentAt = performance.now();
    const answer = journey.submit(TASKS[answers.length % TASKS.length] ?? '').then(creation => {
      accepted.push(creation);
      slowestMs = Math.max(slowestMs, performance.now() - sentAt);
    });
    answer.catch(() => {});
    answers.push(answer);
  }, everyMs);
  return {
    accepted,
    slowestMs: () => slowestMs,
    async stop() {
      clearInterval(timer);
      await Promise.all(answers);
    },
  };
}

type Ended = { id: string; status: string; attempts: number; createdAt: Date; finishedAt: Date };

/** Resolves when all of them have come to an end, with what the ledger says of each. */
export async function allEnded({ database }: Journey, creations: readonly Creation[]): Promise<Ended[]> {
  const ids = creations.map(({ id }) => id);
  const read = () =>
    database
      .knex('role_creations')
      .whereIn('id', ids)
      .select('id', 'status', 'attempts', 'created_at AS createdAt', 'finished_at AS finishedAt');
  let rows: Ended[] = [];
  await until(async () => {
    rows = await read();
    return rows.length === ids.length && rows.every(row => row.finishedAt !== null);
  });
  return rows;
}

/** How long after `since` the first creation came to its end that was submitted after it, in milliseconds. */
function recoveryMs(ended: readonly Ended[], since: Date): number {
  const after = ended.filter(({ createdAt }) => createdAt > since);
  return Math.min(...after.map(({ finishedAt }) => finishedAt.getTime())) - since.getTime();
}

/** How many versions each of them made, where that is not one. */
export async function notMadeOnce({ database }: Journey, creations: readonly Creation[]): Promise<[string, number][]> {
  const versions = await versionsOf(database, creations);
  return creations.flatMap(({ id }, index) => (versions[index] === 1 ? [] : [[id, versions[index] ?? 0]]));
}
