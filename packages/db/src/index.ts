export { acceptCreations } from './accept-creations.ts';
export { createAttemptLedger } from './attempt-ledger.ts';
export { findCreation, listCreations, listWaiting, type WaitingCreation } from './creation-reads.ts';
export { type Database, openDatabase } from './database.ts';
export { migrate, rollBackAll } from './migrate.ts';
export { findRole, listRoles, listRoleVersions } from './role-reads.ts';
export { createSourceStore, type SourceStore } from './source-store.ts';
export { createStrategyStore, type StrategyStore } from './strategy-store.ts';
export { ensureTenant, findTenantByKey, hashApiKey } from './tenant-store.ts';
