export { acceptCreations } from './accept-creations.ts';
export { acceptSubmissions } from './accept-submissions.ts';
export { createAttemptLedger } from './attempt-ledger.ts';
export {
  addBulk,
  type BulkRecord,
  findBulk,
  listUnfinishedBulks,
  nextOfBulk,
  noteBulk,
  surveyBulk,
} from './bulk-store.ts';
export { findCreation, listCreations } from './creation-reads.ts';
export { type Database, openDatabase } from './database.ts';
export { type ErasedCreation, endedOfTask, eraseCreation, eraseRole } from './erase.ts';
export { findIdempotentAnswer } from './idempotent-answers.ts';
export { MIGRATION_PATIENCE_MS, migrate, rollBackAll } from './migrate.ts';
export { createModelCallStore } from './model-call-store.ts';
export { listEndedBefore, pruneBulks, pruneCreations, pruneIdempotencyKeys } from './prune.ts';
export { findRole, listRoles, listRoleVersions } from './role-reads.ts';
export { type Restored, restoreRoleVersion } from './role-versions.ts';
export { createSourceStore, type SourceStore } from './source-store.ts';
export {
  cancelCreation,
  changePriority,
  pauseCreation,
  restartCreation,
  resumeCreation,
  type Steered,
} from './steer-creation.ts';
export { createStrategyStore, type StrategyStore } from './strategy-store.ts';
export {
  ensureTenant,
  findTenant,
  findTenantByKey,
  hashApiKey,
  setTenantPaused,
  type TenantRecord,
} from './tenant-store.ts';
export {
  concedeLost,
  findForDispatch,
  lapseOverdue,
  listUnfinished,
  listUnfinishedOf,
  queueDue,
  type UnfinishedCreation,
} from './unfinished-creations.ts';
export { readUsage } from './usage-reads.ts';
export { withdrawCreations } from './withdraw-creations.ts';
