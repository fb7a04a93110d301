import { randomUUID } from 'node:crypto';
import type { TenantId } from '@roleforge/contracts';
import { type Database, ensureTenant } from '@roleforge/db';
import { Redis } from 'ioredis';
import { noteSecret } from './secrets-of-run.ts';

/** The servers of this test run: a database with the whole schema, shared by all tests, and a Redis. */
export function testServers(): { databaseUrl: string; redisUrl: string } {
  const { ROLEFORGE_TEST_DATABASE_URL: databaseUrl, ROLEFORGE_TEST_REDIS_URL: redisUrl } = process.env;
  if (databaseUrl === undefined || redisUrl === undefined) throw new Error('The test run has started no servers.');
  return { databaseUrl, redisUrl };
}

/** A connection that is ready, and whose commands fail at once while Redis is away. To be disconnected by whoever asked for it. */
export async function connectTestRedis(url = testServers().redisUrl): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  redis.on('error', () => {});
  await redis.connect();
  return redis;
}

/** A prefix for the keys of one test in Redis: tests never see each other's queues. */
export function newQueuePrefix(): string {
  return `test-${randomUUID().slice(0, 13)}`;
}

/** A tenant of the test's own with its API key: tests never see each other's rows. */
export async function newTenant(database: Database): Promise<{ tenantId: TenantId; apiKey: string }> {
  const apiKey = noteSecret(`rf_live_${randomUUID().replaceAll('-', '')}`);
  return { tenantId: await ensureTenant(database, 'A test’s tenant', apiKey), apiKey };
}
