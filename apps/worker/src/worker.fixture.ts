import { readConfig, requireSettings } from '@roleforge/config';
import {
  type Creation,
  type CreationId,
  type Regeneration,
  type SourceKind,
  SubmitCreation,
  type TaskId,
  type TenantId,
} from '@roleforge/contracts';
import {
  acceptCreations,
  createAttemptLedger,
  createSourceStore,
  type Database,
  findCreation,
  openDatabase,
} from '@roleforge/db';
import { isTerminal, newCreation, presentCreation, type SourceCopyReader, type SourceReader } from '@roleforge/domain';
import {
  type BulkQueue,
  type CreationQueue,
  closeRedis,
  createEventFeed,
  createEventLog,
  type EventLog,
  isTerminalEvent,
  openBulkQueue,
  openCreationQueue,
  openRedis,
  openWebhookQueue,
  publishControl,
  type WebhookQueue,
} from '@roleforge/queue';
import { createSourceInvalidator } from '@roleforge/source-cache';
import { createNotifyEnd, createSteering, type Steering } from '@roleforge/steering';
import { silentLogger } from '@roleforge/telemetry';
import { createTestDatabase, newQueuePrefix, newTenant, testServers } from '@roleforge/testkit';
import { type Announcer, createAnnouncer } from './announce.ts';
import { type RunningWorker, startWorker } from './compose.ts';

export const TEA_SHOP = {
  baseInfo: { name: '茶小满', locale: 'zh-CN', occupation: '茶铺导购' },
  talkStyle: { tone: '温和爽利', catchphrases: ['先喝一口再说'] },
  knowledge: { items: [{ id: 'k-water', title: '泡茶水温', content: '绿茶用八十度的水。' }] },
  products: { items: [{ id: 'p-green', name: '毛峰', price: 98, currency: 'CNY' }] },
};

/**
 * A queue and a database of the test's own with one tenant, to which workers can be set. The database is its own because a
 * worker's reconciler puts all that waits there on its queue.
 */
export type Workshop = {
  database: Database;
  databaseUrl: string;
  queue: CreationQueue;
  bulkQueue: BulkQueue;
  webhookQueue: WebhookQueue;
  announce: Announcer;
  events: EventLog;
  redis: ReturnType<typeof openRedis>;
  prefix: string;
  /** An owner's side, as the api has it. */
  steering: Steering;
  tenantId: TenantId;
  /** Starts a worker on this queue. It is stopped at the end, if not before. */
  startWorker(env?: Record<string, string>): Promise<RunningWorker>;
  storeSources(taskId: string, sources: Partial<typeof TEA_SHOP>): Promise<void>;
  /** Accepts a creation as the API would, of a whole role or of some parts. */
  submit(
    body: Record<string, unknown> & { taskId: string },
    regenerate?: Regeneration,
    traceparent?: string,
  ): Promise<CreationId>;
  /** Resolves with the creation once it has ended. */
  ended(id: CreationId): Promise<Creation>;
  read(id: CreationId): Promise<Creation>;
  close(): Promise<void>;
};

export async function openWorkshop(): Promise<Workshop> {
  const { databaseUrl: serverUrl, redisUrl } = testServers();
  const own = await createTestDatabase(serverUrl, { migrated: true });
  const databaseUrl = own.url;
  const prefix = newQueuePrefix();
  const database = openDatabase({ url: databaseUrl, patienceMs: 10_000 });
  const redis = openRedis(redisUrl, 'worker');
  const listening = openRedis(redisUrl, 'listener');
  const copying = openRedis(redisUrl, 'cache');
  const copies = createSourceInvalidator({ redis: copying, prefix });
  const queue = openCreationQueue(redis, prefix);
  const feed = createEventFeed(listening, prefix);
  await feed.ready();
  const bulkQueue = openBulkQueue(redis, prefix);
  const webhookQueue = openWebhookQueue(redis, prefix);
  const notifyEnd = createNotifyEnd(database, webhookQueue);
  const events = createEventLog(redis, prefix);
  const announce = createAnnouncer(events, createAttemptLedger(database), notifyEnd, silentLogger);
  const tellWorker = (id: CreationId) => publishControl(redis, prefix, id);
  const steering = createSteering({ database, queue, events, tellWorker, notifyEnd, clock: () => new Date() });
  const { tenantId } = await newTenant(database);
  const workers: RunningWorker[] = [];

  const read = async (id: CreationId): Promise<Creation> => {
    const record = await findCreation(database, tenantId, id);
    if (record === null) throw new Error(`${id} is not in the ledger`);
    return presentCreation(record);
  };
  return {
    database,
    databaseUrl,
    queue,
    bulkQueue,
    webhookQueue,
    announce,
    events,
    redis,
    prefix,
    steering,
    tenantId,
    read,
    async startWorker(env = {}) {
      const config = readConfig({
        env: { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, QUEUE_PREFIX: prefix, ...env },
        envFile: '/dev/null',
      });
      const worker = await startWorker(requireSettings(config, 'databaseUrl', 'redisUrl'), silentLogger);
      workers.push(worker);
      return worker;
    },
    async storeSources(taskId, sources) {
      const store = createSourceStore(database);
      for (const [kind, document] of Object.entries(sources)) {
        await store.putSource(tenantId, taskId as TaskId, kind as 'baseInfo', document as typeof TEA_SHOP.baseInfo);
        await copies.forget(tenantId, taskId as TaskId, kind as SourceKind);
      }
    },
    async submit(body, regenerate, traceparent) {
      const submit = SubmitCreation.parse(body);
      const origin = { tenantId, requestId: 'test', traceparent: traceparent ?? null, now: new Date() };
      const creation = newCreation(submit, origin, regenerate);
      await acceptCreations(database, [creation]);
      await queue.enqueue([creation]);
      return creation.id;
    },
    ended: id =>
      new Promise((resolve, reject) => {
        const look = () => {
          read(id).then(creation => {
            if (!isTerminal(creation.status)) return;
            unlisten();
            resolve(creation);
          }, reject);
        };
        const unlisten = feed.listen(id, event => isTerminalEvent(event.type) && look());
        look();
      }),
    async close() {
      for (const worker of workers) await worker.stop();
      await webhookQueue.close();
      await bulkQueue.close();
      await queue.close();
      await copies.close();
      await closeRedis(copying);
      await closeRedis(redis);
      await closeRedis(listening);
      await database.close();
      await own.drop();
    },
  };
}

/** Sources as they stand in the ledger, without a cache before them. */
export function freshCopies(store: SourceReader): SourceCopyReader {
  return {
    readCopy: async (tenantId, taskId, kind) => ({
      source: await store.readSource(tenantId, taskId, kind),
      state: 'fresh',
      from: 'mysql',
      ageMs: 0,
    }),
  };
}
