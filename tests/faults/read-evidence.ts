import type { CreationId } from '@roleforge/contracts';
import type { Database } from '@roleforge/db';
import { closeRedis, createEventLog, isTerminalEvent, openRedis } from '@roleforge/queue';
import type { Evidence, LedgerRow, VersionRow } from './evidence.ts';
import type { Start } from './starts.ts';
import { type SystemUnderTest, withDatabase } from './system-under-test.ts';

type Left = Pick<Evidence, 'ledger' | 'versions' | 'calls' | 'lastEvents'>;

/** How many logs are read at once. */
const LOGS_AT_ONCE = 200;

/** What the system has left behind in the ledger, in the event logs and at the model. */
export async function readEvidence({ databaseUrl, servers, queuePrefix, model }: SystemUnderTest): Promise<Left> {
  const { ledger, versions } = await withDatabase(databaseUrl, async database => ({
    ledger: await readLedger(database),
    versions: await readVersions(database),
  }));
  const lastEvents = await readLastEvents(
    servers.redis.url,
    queuePrefix,
    ledger.map(({ id }) => id as CreationId),
  );
  return { ledger, versions, lastEvents, calls: await model.calls() };
}

/** How many creations have not ended. */
export async function countUnfinished({ knex }: Database): Promise<number> {
  const [row] = await knex('role_creations').whereNull('finished_at').count({ unfinished: '*' });
  return Number(row?.unfinished);
}

/** How many creations have ended. */
export async function countEnded({ knex }: Database): Promise<number> {
  const [row] = await knex('role_creations').whereNotNull('finished_at').count({ ended: '*' });
  return Number(row?.ended);
}

/** When each creation that was begun was begun. */
export async function readStarts({ knex }: Database): Promise<Start[]> {
  const rows = await knex('role_creations').select('id', 'priority', 'started_at').whereNotNull('started_at');
  return rows.map(({ id, priority, started_at: startedAt }) => ({ id, priority, startedAt: startedAt.getTime() }));
}

async function readLedger({ knex }: Database): Promise<LedgerRow[]> {
  const rows = await knex('role_creations').select('id', 'metadata', 'status', 'finished_at', 'error');
  return rows.map(({ id, metadata, status, finished_at: finishedAt, error }) => ({
    id,
    marker: JSON.parse(metadata).marker,
    status,
    finishedAt: finishedAt === null ? null : (finishedAt as Date).getTime(),
    failure: error === null ? null : JSON.parse(error).code,
  }));
}

async function readVersions({ knex }: Database): Promise<VersionRow[]> {
  const rows = await knex('role_versions').select('creation_id', 'role_id', 'version');
  return rows.map(({ creation_id: creationId, role_id: roleId, version }) => ({ creationId, roleId, version }));
}

/** Logs that are gone, or that ended without a last event because the worker died before it told, say nothing. */
async function readLastEvents(
  url: string,
  queuePrefix: string,
  ids: readonly CreationId[],
): Promise<Map<string, number>> {
  const redis = openRedis(url, 'worker');
  const log = createEventLog(redis, queuePrefix);
  const counts = new Map<string, number>();
  for (let start = 0; start < ids.length; start += LOGS_AT_ONCE)
    await Promise.all(
      ids.slice(start, start + LOGS_AT_ONCE).map(async id => {
        const last = (await log.read(id, 0)).filter(({ type }) => isTerminalEvent(type));
        if (last.length > 0) counts.set(id, last.length);
      }),
    );
  await closeRedis(redis);
  return counts;
}
