export { acceptCreations } from './accept-creations.ts';
export { acceptSubmissions } from './accept-submissions.ts';
export {
  type ApiKeyRecord,
  findApiKey,
  issueApiKey,
  listApiKeys,
  type NewApiKey,
  presentApiKey,
  revokeApiKey,
  rotateApiKey,
} from './api-key-store.ts';
export { noteKeysUsed, rehashApiKey } from './api-key-upkeep.ts';
export { asDeed } from './as-deed.ts';
export { createAttemptLedger } from './attempt-ledger.ts';
export { type Deed, listAudit, noteAlone, noteDeed } from './audit-log.ts';
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
export { answered, type Database, openDatabase } from './database.ts';
export { createDeliveryLedger } from './delivery-ledger.ts';
export { pruneDeliveries } from './delivery-upkeep.ts';
export { type ErasedCreation, endedOfTask, eraseCreation, eraseRole } from './erase.ts';
export { findIdempotentAnswer } from './idempotent-answers.ts';
export { MIGRATION_PATIENCE_MS, migrate, rollBackAll } from './migrate.ts';
export { createModelCallStore } from './model-call-store.ts';
export { listDueDeliveries, listPendingOf, type PendingDelivery } from './outbox.ts';
export { type FoundPrincipal, findPrincipal, findWelcome, type Visitor } from './principals.ts';
export { listEndedBefore, pruneBulks, pruneCreations, pruneErased, pruneIdempotencyKeys } from './prune.ts';
export { type ReadList, type ReadReplica, type ReplicaState, watchReplica } from './read-replica.ts';
export { addTestDelivery, type NotSent, redeliver, redeliverSince } from './redeliver.ts';
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
export { switchSystem } from './system-administration.ts';
export { readSystemPause } from './system-switches.ts';
export { countUnfinished, readMonthCost, readWebhookBacklog } from './system-tallies.ts';
export { changeTenant, createTenant, setTenantSuspended } from './tenant-administration.ts';
export { findTenantOfCreation } from './tenant-of-creation.ts';
export { addRows, rowsOf, rowsOfAll, TENANT_TABLES, type TenantTable } from './tenant-rows.ts';
export { listTenantShares, type TenantShareRecord } from './tenant-shares.ts';
export {
  ensureTenant,
  findTenant,
  listTenants,
  setTenantPaused,
  type TenantRecord,
} from './tenant-store.ts';
export { countAccepted, readTenantTallies, readTenantUsage, type TallyName } from './tenant-tallies.ts';
export { readTenantSecret, rotateTenantSecret } from './tenant-webhook-secret.ts';
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
export { type DeliveryScope, findDelivery, listDeliveries } from './webhook-deliveries.ts';
export {
  changeWebhookEndpoint,
  createWebhookEndpoint,
  findWebhookEndpoint,
  listWebhookEndpoints,
  removeWebhookEndpoint,
  rotateEndpointSecret,
} from './webhook-endpoint-store.ts';
export { ensureWebhookSecret, rotateWebhookSecret, type TenantWebhookSecret } from './webhook-secrets.ts';
export { withdrawCreations } from './withdraw-creations.ts';
