import { SOURCE_KINDS, type SourceDocuments, type SourceKind, type TaskId, type TenantId } from '@roleforge/contracts';
import { digestOf, type SourceDigests, type SourceReader, type StoredSource, withItemIds } from '@roleforge/domain';
import { answered, type Database } from './database.ts';
import { rowsOf } from './tenant-rows.ts';

const TABLES = {
  baseInfo: 'source_base_info',
  talkStyle: 'source_talk_style',
  knowledge: 'source_knowledge',
  products: 'source_products',
} as const satisfies Record<SourceKind, string>;

/**
 * `LAST_INSERT_ID(x)` hands this back when a row was there. The count of affected rows cannot tell: it is 1 for a new row and
 * also for one that already held the same values.
 */
const REPLACED = 1;

type Row = { document: string; digest: string; updated_at: Date };

/** The source data of tasks. A source is one row, so that nobody ever reads half of an old and half of a new one. */
export type SourceStore = SourceReader & {
  /** Stores a source in place of what was there. `created` tells whether nothing was. @throws StoreUnavailable */
  putSource<K extends SourceKind>(
    tenantId: TenantId,
    taskId: TaskId,
    kind: K,
    document: SourceDocuments[K],
  ): Promise<StoredSource<K> & { created: boolean }>;
  /** False where there was nothing to delete. @throws StoreUnavailable */
  deleteSource(tenantId: TenantId, taskId: TaskId, kind: SourceKind): Promise<boolean>;
  /** Digests of what a task holds at present, in one query. @throws StoreUnavailable */
  readDigests(tenantId: TenantId, taskId: TaskId): Promise<SourceDigests>;
};

export function createSourceStore(database: Database, clock: () => Date = () => new Date()): SourceStore {
  const { knex } = database;
  return {
    async readSource<K extends SourceKind>(tenantId: TenantId, taskId: TaskId, kind: K) {
      const row: Row | undefined = await answered(database, () =>
        rowsOf(knex, tenantId, TABLES[kind])
          .select('document', 'digest', 'updated_at')
          .where({ task_id: taskId })
          .first(),
      );
      if (row === undefined) return null;
      return {
        document: JSON.parse(row.document) as SourceDocuments[K],
        digest: row.digest,
        updatedAt: row.updated_at,
      };
    },

    async putSource(tenantId, taskId, kind, given) {
      const document = withItemIds(given);
      const text = JSON.stringify(document);
      const digest = digestOf(document);
      const updatedAt = clock();
      const [{ insertId }] = await answered(database, () =>
        knex.raw(
          `INSERT INTO ?? (tenant_id, task_id, document, digest, updated_at) VALUES (?, ?, ?, ?, ?)
           ON DUPLICATE KEY UPDATE document = VALUES(document), digest = VALUES(digest),
             updated_at = IF(LAST_INSERT_ID(?), VALUES(updated_at), NULL)`,
          [TABLES[kind], tenantId, taskId, text, digest, updatedAt, REPLACED],
        ),
      );
      return { document, digest, updatedAt, created: insertId !== REPLACED };
    },

    async deleteSource(tenantId, taskId, kind) {
      const deleted = await answered(database, () =>
        rowsOf(knex, tenantId, TABLES[kind]).where({ task_id: taskId }).delete(),
      );
      return deleted > 0;
    },

    async readDigests(tenantId, taskId) {
      const parts = SOURCE_KINDS.map(
        kind => `SELECT '${kind}' AS kind, digest FROM ${TABLES[kind]} WHERE tenant_id = ? AND task_id = ?`,
      );
      const [rows] = await answered(database, () =>
        knex.raw(
          parts.join(' UNION ALL '),
          SOURCE_KINDS.flatMap(() => [tenantId, taskId]),
        ),
      );
      return Object.fromEntries((rows as { kind: SourceKind; digest: string }[]).map(row => [row.kind, row.digest]));
    },
  };
}
