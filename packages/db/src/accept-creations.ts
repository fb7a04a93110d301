import type { NewCreation } from '@roleforge/domain';
import { answered, type Database } from './database.ts';

const COLUMNS = [
  'tenant_id',
  'id',
  'task_id',
  'strategy_id',
  'role_id',
  'request_id',
  'traceparent',
  'priority',
  'status',
  'created_at',
  'run_at',
  'deadline_at',
  'deadline_seconds',
  'metadata',
  'webhook',
  'inline_sources',
  'base_version',
  'sections',
] as const;

const INSERT = `INSERT INTO role_creations (${COLUMNS.join(', ')}) VALUES ?`;

/** As little of the driver's connection as is needed here. */
export type Connection = {
  query(sql: string, values: unknown[], done: (error: Error | null, result: unknown) => void): void;
};

/**
 * Commits creations to the ledger in one statement: all of them or none. This is the accept path, so the statement goes to
 * the driver as it is, past the query builder.
 * @throws StoreUnavailable; where the server had got the statement, it is not known whether it took effect
 */
export async function acceptCreations(database: Database, creations: readonly NewCreation[]): Promise<void> {
  const { knex } = database;
  await answered(database, async () => {
    const connection: Connection = await knex.client.acquireConnection();
    try {
      await insertCreations(connection, creations);
    } finally {
      await knex.client.releaseConnection(connection);
    }
  });
}

/** Inserts creations, if there are any, as a part of whatever this connection is at. */
export async function insertCreations(connection: Connection, creations: readonly NewCreation[]): Promise<void> {
  if (creations.length > 0) await send(connection, INSERT, [creations.map(rowOf)]);
}

/** Sends a statement to the driver as it is, and resolves with what comes back. */
export function send<T>(connection: Connection, sql: string, values: unknown[]): Promise<T> {
  return new Promise((resolve, reject) => {
    connection.query(sql, values, (error, result) => (error === null ? resolve(result as T) : reject(error)));
  });
}

function rowOf(creation: NewCreation): unknown[] {
  return [
    creation.tenantId,
    creation.id,
    creation.taskId,
    creation.strategyId,
    creation.roleId,
    creation.requestId,
    creation.traceparent,
    creation.priority,
    creation.status,
    creation.createdAt,
    creation.runAt,
    creation.deadlineAt,
    creation.deadlineSeconds,
    isEmpty(creation.metadata) ? null : JSON.stringify(creation.metadata),
    creation.webhook === null ? null : JSON.stringify(creation.webhook),
    creation.inlineSources === null ? null : JSON.stringify(creation.inlineSources),
    creation.regenerate === null ? null : creation.regenerate.baseVersion,
    creation.regenerate === null ? null : JSON.stringify(creation.regenerate.sections),
  ];
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}
