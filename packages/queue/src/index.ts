export type { AbortReason } from './abort-lost-jobs.ts';
export { type AllQueues, openAllQueues } from './all-queues.ts';
export { type BulkJob, type BulkQueue, openBulkQueue, startBulkConsumer } from './bulk-queue.ts';
export { listenForControl, publishControl } from './control-channel.ts';
export {
  type CreationConsumer,
  type CreationHandler,
  type CreationJob,
  startCreationConsumer,
} from './creation-consumer.ts';
export {
  type CreationQueue,
  openCreationQueue,
  type QueuedCreation,
  type TenantShare,
} from './creation-queue.ts';
export { createEventFeed, type EventFeed } from './event-feed.ts';
export { createEventLog, type EventLog, isTerminalEvent, type NewEvent, numberByClock } from './event-log.ts';
export type { JobOutcome } from './fair-consumer.ts';
export { followLogLevel } from './follow-log-level.ts';
export { createLogLevels, type LogLevels } from './log-levels.ts';
export { type Maintenance, startMaintenance } from './maintenance.ts';
export type { QueuePlace } from './queue-place.ts';
export { createQueueSampler } from './queue-sample.ts';
export { type BucketReport, createRateLedger, type ReportRates } from './rate-limits.ts';
export type { RecurringJob } from './recurring-job.ts';
export { closeRedis, connectedRedis, openRedis, pingRedis } from './redis.ts';
export type { RedisConnection } from './redis-connection.ts';
export { readRedisMemory } from './redis-memory.ts';
export { createSessionStore, type SessionStore } from './session-store.ts';
export { type Claim, createSystemBoard, type SystemBoard } from './system-board.ts';
export { type Counts, createTallies, latencyCounts, type Tallies } from './tallies.ts';
export type { WaitingJob } from './waiting-jobs.ts';
export {
  type DeliveryJob,
  type DeliveryJobOutcome,
  startWebhookConsumer,
  type WebhookConsumer,
} from './webhook-consumer.ts';
export { MOST_AT_ONE_RECEIVER } from './webhook-line.ts';
export { openWebhookQueue, type QueuedDelivery, type WebhookQueue } from './webhook-queue.ts';
export { createWorkforce, type Workforce, type WorkforceState } from './workforce.ts';
