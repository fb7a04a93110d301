import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  type CreationId,
  type SubmitCreation as Submission,
  SubmitCreation,
  type TenantId,
} from '@roleforge/contracts';
import { acceptCreations, createAttemptLedger, type Database, findCreation, openDatabase } from '@roleforge/db';
import { type AttemptLedger, type CreationRecord, type NewCreation, newCreation } from '@roleforge/domain';
import {
  type CreationQueue,
  closeRedis,
  createEventLog,
  type EventLog,
  openCreationQueue,
  openRedis,
  openWebhookQueue,
} from '@roleforge/queue';
import { createTestDatabase, newQueuePrefix, newTenant, testServers } from '@roleforge/testkit';
import { createNotifyEnd, createSteering, type Steering } from './index.ts';

type Given = Partial<Omit<Submission, 'taskId'>> & { taskId?: string; now?: Date };

/** A ledger and a queue of the test's own, with an owner's side of them. */
export type Bridge = {
  database: Database;
  prefix: string;
  queue: CreationQueue;
  events: EventLog;
  ledger: AttemptLedger;
  steering: Steering;
  /** The creations that a worker was told to look at. */
  looks: CreationId[];
  clock: () => Date;
  newTenantId(): Promise<TenantId>;
  /** Accepts creations as the api does, of one tenant, and puts them on the queue. */
  submit(tenantId: TenantId, ...given: Given[]): Promise<NewCreation[]>;
  read(creation: NewCreation): Promise<CreationRecord>;
  /** All ids that wait for a turn, in the order in which they are taken. */
  order(): Promise<string[]>;
  /** The same ledger, and a queue on a Redis that is away. */
  withoutRedis(): Promise<{ steering: Steering; queue: CreationQueue }>;
  close(): Promise<void>;
};

export async function openBridge(clock: () => Date = () => new Date()): Promise<Bridge> {
  const own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
  const database = openDatabase({ url: own.url, patienceMs: 10_000 });
  const prefix = newQueuePrefix();
  const redis = openRedis(testServers().redisUrl, 'worker');
  const queue = openCreationQueue(redis, prefix);
  const webhookQueue = openWebhookQueue(redis, prefix);
  const notifyEnd = createNotifyEnd(database, webhookQueue);
  const events = createEventLog(redis, prefix, clock);
  const looks: CreationId[] = [];
  const tellWorker = async (id: CreationId) => void looks.push(id);
  const releases: (() => Promise<unknown>)[] = [() => own.drop(), () => database.close(), () => closeRedis(redis)];
  releases.push(() => queue.close());
  releases.push(() => webhookQueue.close());
  return {
    database,
    prefix,
    queue,
    events,
    ledger: createAttemptLedger(database, clock),
    steering: createSteering({ database, queue, events, tellWorker, notifyEnd, clock }),
    looks,
    clock,
    newTenantId: async () => (await newTenant(database)).tenantId,
    async submit(tenantId, ...given) {
      const creations = given.map(({ now = clock(), ...body }) =>
        newCreation(SubmitCreation.parse({ taskId: 'tea-shop', ...body }), {
          tenantId,
          requestId: 'req-1',
          traceparent: null,
          now,
        }),
      );
      await acceptCreations(database, creations);
      await queue.enqueue(creations);
      return creations;
    },
    async read({ tenantId, id }) {
      const record = await findCreation(database, tenantId, id);
      if (record === null) throw new Error(`${id} is not in the ledger`);
      return record;
    },
    order: async () => (await queue.bull.getPrioritized(0, -1)).map(({ id }) => String(id)),
    async withoutRedis() {
      const away = openRedis(`redis://127.0.0.1:${await closedPort()}`, 'request');
      const lost = openCreationQueue(away, prefix);
      releases.push(() => closeRedis(away));
      releases.push(() => lost.close());
      const tell = () => Promise.reject(new Error('Redis is away.'));
      const awayEvents = createEventLog(away, prefix, clock);
      return {
        queue: lost,
        steering: createSteering({
          database,
          queue: lost,
          events: awayEvents,
          tellWorker: tell,
          notifyEnd: tell,
          clock,
        }),
      };
    },
    async close() {
      for (const release of releases.toReversed()) await release();
    },
  };
}

/** A port at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
