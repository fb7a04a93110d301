import { type Strategy, StrategyDocument, type StrategyId, type TenantId } from '@roleforge/contracts';
import { type StrategyReader, systemStrategies, systemStrategy } from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { addRows, rowsOf } from './tenant-rows.ts';

type Row = { strategy_id: StrategyId; version: number; document: string; created_at: Date };

export type StrategyStore = StrategyReader & {
  /** The tenant's own strategies of these names in their latest versions, in one query. @throws StoreUnavailable */
  ownStrategies(tenantId: TenantId, ids: readonly StrategyId[]): Promise<Strategy[]>;
  /** Stores a new version of a tenant's own strategy and returns it. @throws StoreUnavailable */
  putStrategy(tenantId: TenantId, id: StrategyId, document: StrategyDocument): Promise<Strategy>;
  /** One version, the system's too where the tenant's own goes on from it; null where there is none. @throws StoreUnavailable */
  strategyVersion(tenantId: TenantId, id: StrategyId, version: number): Promise<Strategy | null>;
  /** Versions of a strategy below a number (all where it is null), newest first, at most `limit`. @throws StoreUnavailable */
  listStrategyVersions(
    tenantId: TenantId,
    id: StrategyId,
    page: { limit: number; below: number | null },
  ): Promise<{ items: Strategy[]; more: boolean }>;
  /** The tenant's own strategies in their latest versions, and the system's that they do not stand before, by id. @throws StoreUnavailable */
  listStrategies(tenantId: TenantId): Promise<Strategy[]>;
};

export function createStrategyStore(database: Database, clock: () => Date = () => new Date()): StrategyStore {
  const { knex } = database;

  /** The tenant's own strategies, of those that `narrow` leaves, in their latest versions. */
  async function latestOwn(tenantId: TenantId, narrow: (query: Knex.QueryBuilder) => Knex.QueryBuilder) {
    const latest = rowsOf(knex, tenantId, 'strategies')
      .select('strategy_id')
      .max({ version: 'version' })
      .groupBy('strategy_id');
    const rows: Row[] = await answered(database, () =>
      rowsOf(knex, tenantId, 'strategies')
        .whereIn(['strategy_id', 'version'], narrow(latest))
        .select('strategy_id', 'version', 'document', 'created_at'),
    );
    return rows.map(toStrategy);
  }

  return {
    async latestStrategy(tenantId, id) {
      const row: Row | undefined = await answered(database, () =>
        rowsOf(knex, tenantId, 'strategies').where({ strategy_id: id }).orderBy('version', 'desc').first(),
      );
      return row === undefined ? systemStrategy(id) : toStrategy(row);
    },

    ownStrategies: (tenantId, ids) => latestOwn(tenantId, query => query.whereIn('strategy_id', ids)),

    async strategyVersion(tenantId, id, version) {
      const row: Row | undefined = await answered(database, () =>
        rowsOf(knex, tenantId, 'strategies').where({ strategy_id: id, version }).first(),
      );
      if (row !== undefined) return toStrategy(row);
      const system = systemStrategy(id);
      return system?.version === version ? system : null;
    },

    async listStrategyVersions(tenantId, id, { limit, below }) {
      const query = rowsOf(knex, tenantId, 'strategies')
        .where({ strategy_id: id })
        .orderBy('version', 'desc')
        .limit(limit + 1);
      if (below !== null) query.where('version', '<', below);
      const rows: Row[] = await answered(database, () => query);
      const system = systemStrategy(id);
      // A tenant may have had the name before the system took it, and then has that version itself.
      const own = rows.some(row => row.version === system?.version);
      const first = system !== null && !own && (below === null || system.version < below) ? [system] : [];
      const versions = [...rows.map(toStrategy), ...first];
      return { items: versions.slice(0, limit), more: versions.length > limit };
    },

    putStrategy: (tenantId, id, document) =>
      answered(database, () =>
        knex.transaction(async trx => {
          // Of changes at once each has to see the number that the one before it took.
          await trx('tenants').where('id', tenantId).forUpdate().first('id');
          const latest: Row | undefined = await rowsOf(trx, tenantId, 'strategies')
            .where({ strategy_id: id })
            .orderBy('version', 'desc')
            .first();
          const version = (latest?.version ?? systemStrategy(id)?.version ?? 0) + 1;
          const row = {
            strategy_id: id,
            version,
            document: JSON.stringify(document),
            created_at: clock(),
          };
          await addRows(trx, tenantId, 'strategies', row);
          return toStrategy(row);
        }),
      ),

    async listStrategies(tenantId) {
      const own = await latestOwn(tenantId, query => query);
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
