export { type MetricsText, readMetricsText } from './metrics-text.ts';
export type { CollectedSpan } from './otlp/read-spans.ts';
export { startTraceCollector, type TraceCollector } from './otlp/trace-collector.ts';
export { type KillableServers, startKillableServers } from './private-servers/killable-servers.ts';
export { findProgram } from './private-servers/platform-programs.ts';
export { provideTools } from './private-servers/provide-tools.ts';
export type { KillableServer } from './private-servers/server-group.ts';
export { type PrivateServersOptions, startPrivateServers } from './private-servers/start-private-servers.ts';
export * from './scripted-model/index.ts';
export { findSecrets, newLogFile, newLogFolder, noteSecret } from './secrets-of-run.ts';
export { type EncryptedServers, startEncryptedServers } from './server-groups/encrypted-servers.ts';
export { type MariadbReplication, startMariadbReplication } from './server-groups/mariadb-replication.ts';
export { type RedisCluster, startRedisCluster } from './server-groups/redis-cluster.ts';
export { type RedisSentinels, startRedisSentinels } from './server-groups/redis-sentinels.ts';
export { type Stopwatch, startStopwatch } from './stopwatch.ts';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { connectTestRedis, newQueuePrefix, newTenant, testServers } from './test-servers.ts';
export {
  type ReceivedWebhook,
  startWebhookReceiver,
  type WebhookAnswer,
  type WebhookReceiver,
} from './webhook-receiver.ts';
