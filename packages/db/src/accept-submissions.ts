import { type Acceptance, type IdempotencyClaim, StoreUnavailable, type Submission } from '@roleforge/domain';
import { acceptCreations, type Connection, insertCreations, send } from './accept-creations.ts';
import { answered, type Database } from './database.ts';

/**
 * Takes the keys that are new or older than 24 hours, and leaves the others as they are. The assignments are carried out from
 * left to right, and all of them look at the old `created_at`: so that comes last.
 */
const CLAIM = `INSERT INTO idempotency_keys
    (tenant_id, scope, idempotency_key, body_digest, claim, answer, created_at) VALUES ?
  ON DUPLICATE KEY UPDATE ${['body_digest', 'claim', 'answer', 'created_at']
    .map(column => `${column} = IF(created_at <= VALUES(created_at) - INTERVAL 24 HOUR, VALUES(${column}), ${column})`)
    .join(', ')}`;

/**
 * What is kept under these keys by somebody other than the claims that are made now. The keys are given call by call: for hundreds of
 * `(tenant_id, scope, idempotency_key) IN ((…), …)` MariaDB takes longer to plan than the caller's patience lasts.
 */
const EARLIER = 'SELECT tenant_id, scope, idempotency_key, body_digest, answer FROM idempotency_keys';
const OF_ONE_CALL = '(tenant_id = ? AND scope = ? AND idempotency_key IN (?))';

type First = { tenant_id: string; scope: string; idempotency_key: Buffer; body_digest: string; answer: string };

const ACCEPTED: Acceptance = { kind: 'accepted' };
const BUSY: Acceptance = { kind: 'busy' };

/** Somebody else's transaction has one of the keys, and did not end within the server's patience with locks. */
class KeyHeld extends Error {
  override readonly name = 'KeyHeld';
}

/**
 * Commits submissions in one go, and says of each what became of it. Those without a key are one INSERT, as quick as can be.
 * Keys make it a transaction: the table's primary key decides who was first with a key, over all processes, and only what
 * was first is committed, together with its answer. A key that another process is just committing is waited for; one that is
 * held longer than that makes its submissions `busy`, and the others are accepted all the same.
 * @throws StoreUnavailable; where the server had got the statements, it is not known whether they took effect
 */
export async function acceptSubmissions(
  database: Database,
  submissions: readonly Submission[],
): Promise<readonly Acceptance[]> {
  const firsts = firstOfEachKey(submissions);
  if (firsts.size === 0) return acceptKeyless(database, submissions);
  try {
    return await acceptKeyed(database, submissions, firsts);
  } catch (error) {
    if (!(error instanceof KeyHeld)) throw error;
    return acceptBeside(database, submissions, await heldOf(database, [...firsts.values()]));
  }
}

/** Accepts those without one of these keys, and does not wait for other keys, should there be any that are held. */
async function acceptBeside(
  database: Database,
  submissions: readonly Submission[],
  held: ReadonlySet<string>,
): Promise<readonly Acceptance[]> {
  const isFree = ({ idempotency }: Submission) => idempotency === null || !held.has(nameOf(idempotency));
  const free = submissions.filter(isFree);
  const firsts = firstOfEachKey(free);
  if (held.size === 0 || firsts.size === 0) return acceptAllButKeyed(database, submissions);
  try {
    const outcomes = [...(await acceptKeyed(database, free, firsts))];
    return submissions.map(submission => (isFree(submission) ? (outcomes.shift() as Acceptance) : BUSY));
  } catch (error) {
    if (!(error instanceof KeyHeld)) throw error;
    return acceptAllButKeyed(database, submissions);
  }
}

async function acceptAllButKeyed(
  database: Database,
  submissions: readonly Submission[],
): Promise<readonly Acceptance[]> {
  await acceptKeyless(
    database,
    submissions.filter(({ idempotency }) => idempotency === null),
  );
  return submissions.map(({ idempotency }) => (idempotency === null ? ACCEPTED : BUSY));
}

/**
 * Which of these keys somebody's transaction holds: those whose rows are there, committed or not, and cannot be locked. Waits
 * for nobody.
 */
function heldOf(database: Database, claims: readonly IdempotencyClaim[]): Promise<ReadonlySet<string>> {
  const { knex } = database;
  return answered(database, async () => {
    const { where, values } = ofCalls(claims);
    const names = async (connection: Connection, locking: string) =>
      (await send<First[]>(connection, `${EARLIER} WHERE ${where}${locking}`, values)).map(nameOfRow);
    return knex.transaction(
      async trx => {
        const connection: Connection = await trx.client.acquireConnection();
        const there = await names(connection, '');
        const free = new Set(await names(connection, ' FOR UPDATE SKIP LOCKED'));
        return new Set(there.filter(name => !free.has(name)));
      },
      { isolationLevel: 'read uncommitted' },
    );
  });
}

async function acceptKeyless(database: Database, submissions: readonly Submission[]): Promise<Acceptance[]> {
  const creations = submissions.flatMap(submission => submission.creations);
  if (creations.length > 0) await acceptCreations(database, creations);
  return submissions.map(() => ACCEPTED);
}

/** Of several submissions with the same key the first stands for all of them. */
function firstOfEachKey(submissions: readonly Submission[]): Map<string, IdempotencyClaim> {
  const firsts = new Map<string, IdempotencyClaim>();
  for (const { idempotency } of submissions)
    if (idempotency !== null && !firsts.has(nameOf(idempotency))) firsts.set(nameOf(idempotency), idempotency);
  return firsts;
}

function nameOf({ tenantId, scope, key }: Pick<IdempotencyClaim, 'tenantId' | 'scope' | 'key'>): string {
  return `${tenantId} ${scope} ${key}`;
}

function acceptKeyed(
  database: Database,
  submissions: readonly Submission[],
  firsts: ReadonlyMap<string, IdempotencyClaim>,
): Promise<readonly Acceptance[]> {
  const { knex, patienceMs } = database;
  // In one order in all processes: of two that want the same keys, one waits, and neither for the other.
  const claims = [...firsts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, claim]) => claim);
  return answered(database, async () => {
    const startedAt = performance.now();
    try {
      return await knex.transaction(async trx => {
        const connection: Connection = await trx.client.acquireConnection();
        await send(connection, CLAIM, [claims.map(rowOf)]);
        const earlier = await readEarlier(connection, claims);
        const outcomes = submissions.map(({ idempotency }) => judge(idempotency, firsts, earlier));
        const accepted = submissions.filter((_, index) => outcomes[index]?.kind === 'accepted');
        await insertCreations(
          connection,
          accepted.flatMap(({ creations }) => creations),
        );
        // The callers have been told by now that MySQL is away, and what had no key will have been withdrawn: too late to commit.
        if (performance.now() - startedAt > patienceMs) throw new StoreUnavailable('MySQL took too long.');
        return outcomes;
      });
    } catch (error) {
      throw (error as { code?: string }).code === 'ER_LOCK_WAIT_TIMEOUT'
        ? new KeyHeld('held', { cause: error })
        : error;
    }
  });
}

/** What the ledger has under those of these keys that somebody else was first with. */
async function readEarlier(
  connection: Connection,
  claims: readonly IdempotencyClaim[],
): Promise<ReadonlyMap<string, First>> {
  const { where, values } = ofCalls(claims);
  const ours = claims.map(({ claim }) => claim);
  const rows = await send<First[]>(connection, `${EARLIER} WHERE ${where} AND claim NOT IN (?)`, [...values, ours]);
  return new Map(rows.map(row => [nameOfRow(row), row]));
}

/** The condition that a row is that of one of these keys. */
function ofCalls(claims: readonly IdempotencyClaim[]): { where: string; values: unknown[] } {
  const calls = [...Map.groupBy(claims, ({ tenantId, scope }) => `${tenantId} ${scope}`).values()];
  return {
    where: `(${calls.map(() => OF_ONE_CALL).join(' OR ')})`,
    values: calls.flatMap(own => [own[0]?.tenantId, own[0]?.scope, own.map(({ key }) => key)]),
  };
}

function nameOfRow({ tenant_id, scope, idempotency_key }: First): string {
  return `${tenant_id} ${scope} ${idempotency_key.toString('latin1')}`;
}

function judge(
  idempotency: IdempotencyClaim | null,
  firsts: ReadonlyMap<string, IdempotencyClaim>,
  earlier: ReadonlyMap<string, First>,
): Acceptance {
  if (idempotency === null) return ACCEPTED;
  const name = nameOf(idempotency);
  const ours = firsts.get(name);
  const known = earlier.get(name);
  if (known === undefined && ours === idempotency) return ACCEPTED;
  const { digest, answer } =
    known === undefined
      ? { digest: ours?.bodyDigest, answer: ours?.answer ?? '' }
      : { digest: known.body_digest, answer: known.answer };
  return digest === idempotency.bodyDigest ? { kind: 'replayed', answer } : { kind: 'reused' };
}

function rowOf({ tenantId, scope, key, bodyDigest, claim, answer, at }: IdempotencyClaim): unknown[] {
  return [tenantId, scope, key, bodyDigest, claim, answer, at];
}
