import { type Strategy, StrategyDocument, type StrategyId, type TenantId } from '@roleforge/contracts';
import { type StrategyReader, systemStrategies, systemStrategy } from '@roleforge/domain';
import { answered, type Database } from './database.ts';

type Row = { strategy_id: StrategyId; version: number; document: string; created_at: Date };

export type StrategyStore = StrategyReader & {
  /** Which of these names the tenant has strategies of its own under, in one query. @throws StoreUnavailable */
  ownStrategies(tenantId: TenantId, ids: readonly StrategyId[]): Promise<StrategyId[]>;
  /** Stores a new version of a tenant's own strategy and returns it. @throws StoreUnavailable */
  putStrategy(tenantId: TenantId, id: StrategyId, document: StrategyDocument): Promise<Strategy>;
  /** The tenant's own strategies in their latest versions, and the system's that they do not stand before, by id. @throws StoreUnavailable */
  listStrategies(tenantId: TenantId): Promise<Strategy[]>;
};

export function createStrategyStore(database: Database, clock: () => Date = () => new Date()): StrategyStore {
  const { knex } = database;
  return {
    async latestStrategy(tenantId, id) {
      const row: Row | undefined = await answered(database, () =>
        knex('strategies').where({ tenant_id: tenantId, strategy_id: id }).orderBy('version', 'desc').first(),
      );
      return row === undefined ? systemStrategy(id) : toStrategy(row);
    },

    ownStrategies: (tenantId, ids) =>
      answered(database, () =>
        knex('strategies')
          .distinct('strategy_id')
          .where('tenant_id', tenantId)
          .whereIn('strategy_id', ids)
          .pluck('strategy_id'),
      ),

    putStrategy: (tenantId, id, document) =>
      answered(
        database,
        () =>
          knex.transaction(async trx => {
            const latest: Row | undefined = await trx('strategies')
              .where({ tenant_id: tenantId, strategy_id: id })
              .orderBy('version', 'desc')
              .first();
            const version = (latest?.version ?? systemStrategy(id)?.version ?? 0) + 1;
            const row = {
              tenant_id: tenantId,
              strategy_id: id,
              version,
              document: JSON.stringify(document),
              created_at: clock(),
            };
            await trx('strategies').insert(row);
            return toStrategy(row);
          }),
        // Two changes at once want the same number: the second takes the next.
        ['ER_DUP_ENTRY'],
      ),

    async listStrategies(tenantId) {
      const latest = knex('strategies')
        .select('strategy_id')
        .max({ version: 'version' })
        .where('tenant_id', tenantId)
        .groupBy('strategy_id');
      const rows: Row[] = await answered(database, () =>
        knex('strategies')
          .where('tenant_id', tenantId)
          .whereIn(['strategy_id', 'version'], latest)
          .select('strategy_id', 'version', 'document', 'created_at'),
      );
      const own = rows.map(toStrategy);
      const ownIds = new Set(own.map(strategy => strategy.id));
      return [...own, ...systemStrategies().filter(strategy => !ownIds.has(strategy.id))].toSorted((a, b) =>
        a.id < b.id ? -1 : 1,
      );
    },
  };
}

function toStrategy(row: Row): Strategy {
  return {
    ...StrategyDocument.parse(JSON.parse(row.document)),
    id: row.strategy_id,
    object: 'strategy',
    scope: 'tenant',
    version: row.version,
    createdAt: row.created_at.toISOString(),
  };
}
