import { afterEach, expect, test } from '@jest/globals';
import { readConfig, requireSettings } from '@roleforge/config';
import { nothingOpened } from '@roleforge/lifecycle';
import { openAllQueues } from '@roleforge/queue';
import { noTracing, SYSTEM_METRICS, silentLogger } from '@roleforge/telemetry';
import { newQueuePrefix, startTcpProxy, testServers } from '@roleforge/testkit';
import { openConnections } from '../connections.ts';
import { eventually } from '../eventually.fixture.ts';
import { openSystem } from './open-system.ts';

const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close();
});

/** What an api process has of the system, without the rest of it. */
async function aProcess(queuePrefix: string, redisUrl = testServers().redisUrl) {
  const opened = nothingOpened();
  closes.push(opened.closeAll);
  const env = { DATABASE_URL: testServers().databaseUrl, REDIS_URL: redisUrl, QUEUE_PREFIX: queuePrefix };
  const config = requireSettings(readConfig({ env, envFile: '/dev/null' }), 'redisUrl', 'databaseUrl');
  const connections = await openConnections(
    config,
    { tracing: noTracing, log: silentLogger, databasePatienceMs: 10_000 },
    opened,
  );
  const stopping = new AbortController().signal;
  const clock = () => new Date();
  const queues = openAllQueues(connections.redis, queuePrefix);
  opened.add(() => queues.close());
  const given = { config, connections, queues, stopping, version: '1', log: silentLogger, clock };
  return { ...openSystem(given, opened), connections, stop: opened.closeAll };
}

type Process = Awaited<ReturnType<typeof aProcess>>;

const textOf = async ({ systemMetrics }: Pick<Process, 'systemMetrics'>) =>
  (await Promise.all(systemMetrics.map(part => part()))).join('');

const ofAnother = async (process: Process) =>
  (await textOf(process)) === '# The system as a whole is told of by another api process.\n';

test('one of two processes tells of the system as a whole, and the other when that one has stopped', async () => {
  const prefix = newQueuePrefix();
  const one = await aProcess(prefix);
  expect(await ofAnother(one)).toBe(false);
  const other = await aProcess(prefix);
  expect(await ofAnother(other)).toBe(true);
  expect((await other.system.seen()).status.stores).toEqual({ mysql: 'ok', redis: 'ok' });
  await one.stop();
  await eventually(async () => !(await ofAnother(other)), 10_000);
});

test('all of it is told in the format, each metric once, with those of every queue', async () => {
  const { systemMetrics } = await aProcess(newQueuePrefix());
  const lines = (await textOf({ systemMetrics })).split('\n').filter(Boolean);
  for (const line of lines) expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{[^}]*\})? [\d.e+-]+)$/);
  const types = lines.filter(line => line.startsWith('# TYPE'));
  expect(new Set(types).size).toBe(types.length);
  for (const [name, { help }] of Object.entries(SYSTEM_METRICS))
    if (types.includes(`# TYPE ${name} gauge`)) expect(lines).toContain(`# HELP ${name} ${help}`);
  for (const queue of ['role-creation', 'webhook-delivery', 'bulk-operation', 'maintenance'])
    expect(lines.filter(line => line.startsWith(`bullmq_job_count{queue="${queue}"`)).length).toBeGreaterThan(5);
  expect(lines).toEqual(
    expect.arrayContaining([
      'roleforge_queue_waiting_jobs{priority="urgent"} 0',
      'roleforge_queue_oldest_waiting_age_seconds{priority="low"} 0',
      'roleforge_queue_paused 0',
      'roleforge_workers 0',
      'roleforge_worker_slots{state="free"} 0',
      'roleforge_redis_eviction_policy_ok 1',
      'roleforge_redis_up 1',
      'roleforge_mysql_up 1',
    ]),
  );
});

test('while Redis does not answer nobody can tell who is to tell of it, and each says so', async () => {
  const proxy = await startTcpProxy(testServers().redisUrl);
  closes.push(proxy.close);
  const alone = await aProcess(newQueuePrefix(), proxy.url);
  expect(await textOf(alone)).toContain('roleforge_redis_up 1');
  proxy.cut();
  await eventually(async () => (await textOf(alone)).includes('roleforge_redis_up 0'), 10_000);
  const text = await textOf(alone);
  expect(text).toContain('roleforge_mysql_up 1');
  expect(text).not.toContain('roleforge_queue_waiting_jobs');
});
