import type { SourceKind, TaskId, TenantId } from '@roleforge/contracts';
import { keyOf, LIFETIMES, openTwoLevels, type SourceCacheConnections } from './two-levels.ts';

/** A writer's side of the cache: it keeps no copies, it ends those of others. */
export type SourceInvalidator = {
  /**
   * Ends all copies of a source, in Redis and in every process. Resolves when Redis has it, and never rejects: where Redis
   * does not answer, the copies end with their time.
   */
  forget(tenantId: TenantId, taskId: TaskId, kind: SourceKind): Promise<void>;
  /** Ends the connection to Redis. */
  close(): Promise<void>;
};

export function createSourceInvalidator(connections: Omit<SourceCacheConnections, 'listening'>): SourceInvalidator {
  const cache = openTwoLevels({ ...connections, listening: null }, { lifetimes: LIFETIMES, redisRestMs: 0 });
  return {
    async forget(tenantId, taskId, kind) {
      await cache.delete({ key: keyOf(tenantId, taskId, kind) });
    },
    close: () => cache.disconnectAll(),
  };
}
