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
] as const;

const INSERT = `INSERT INTO role_creations (${COLUMNS.join(', ')}) VALUES ?`;

/** As little of the driver's connection as is needed here. */
type Connection = { query(sql: string, values: unknown[], done: (error: Error | null) => void): void };

/**
 * Commits creations to the ledger in one statement: all of them or none. This is the accept path, so the statement goes to
 * the driver as it is, past the query builder.
 * @throws StoreUnavailable; where the server had got the statement, it is not known whether it took effect
 */
export async function acceptCreations(database: Database, creations: readonly NewCreation[]): Promise<void> {
  const { knex } = database;
  const rows = creations.map(rowOf);
  await answered(database, async () => {
    const connection: Connection = await knex.client.acquireConnection();
    try {
      await new Promise<void>((resolve, reject) => {
        connection.query(INSERT, [rows], error => (error === null ? resolve() : reject(error)));
      });
    } finally {
      await knex.client.releaseConnection(connection);
    }
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
  ];
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}
