export type { AbortReason } from './abort-lost-jobs.ts';
export { type BulkJob, type BulkQueue, openBulkQueue, startBulkConsumer } from './bulk-queue.ts';
export { listenForControl, publishControl } from './control-channel.ts';
export {
  type CreationConsumer,
  type CreationHandler,
  type CreationJob,
  type JobOutcome,
  startCreationConsumer,
} from './creation-consumer.ts';
export {
  type CreationQueue,
  openCreationQueue,
  type QueuedCreation,
  type QueuePlace,
} from './creation-queue.ts';
export { createEventFeed, type EventFeed } from './event-feed.ts';
export { createEventLog, type EventLog, isTerminalEvent, type NewEvent, numberByClock } from './event-log.ts';
export { type Maintenance, startMaintenance } from './maintenance.ts';
export type { RecurringJob } from './recurring-job.ts';
export { closeRedis, openRedis, pingRedis } from './redis.ts';
export type { WaitingJob } from './waiting-jobs.ts';
export { createWorkforce, type Workforce, type WorkforceState } from './workforce.ts';
