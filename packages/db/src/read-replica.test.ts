import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StoreUnavailable } from '@roleforge/domain';
import { createTestDatabase, startTcpProxy, type TcpProxy, type TestDatabase, testServers } from '@roleforge/testkit';
import { type Database, openDatabase, type ReplicaState, watchReplica } from './index.ts';

/*
 * The replica is another database of the same server, to which nothing replicates: what it would have been sent, the test writes itself.
 * A real one is in tests/operations/read-replica.test.ts.
 */

let stores: TestDatabase[];
let proxy: TcpProxy;
let primary: Database;
let replica: Database;
let watch: ReturnType<typeof watchReplica> | null;
let states: ReplicaState[];
let onState: (state: ReplicaState) => void;
beforeEach(async () => {
  const { databaseUrl } = testServers();
  stores = await Promise.all([1, 2].map(() => createTestDatabase(databaseUrl, { migrated: true })));
  proxy = await startTcpProxy(stores[1]?.url ?? '');
  primary = openDatabase({ url: stores[0]?.url ?? '', patienceMs: 10_000 });
  replica = openDatabase({ url: proxy.url, patienceMs: 300 });
  watch = null;
  states = [];
  onState = () => {};
});
afterEach(async () => {
  await watch?.close();
  for (const pool of [primary, replica]) await pool.close();
  await proxy.close();
  for (const store of stores) await store.drop();
});

function open(mostBehindMs: number): void {
  watch = watchReplica({
    primary,
    replica,
    mostBehindMs,
    onChange(state) {
      states.push(state);
      onState(state);
    },
  });
}

function next(used: boolean): Promise<ReplicaState> {
  return new Promise(resolve => {
    onState = state => {
      if (state.used === used) resolve(state);
    };
    const last = states.at(-1);
    if (last?.used === used) resolve(last);
  });
}

async function replicated(secondsAgo: number): Promise<void> {
  await replica.knex.raw(
    'REPLACE INTO replication_beat (id, beat_at) VALUES (1, UTC_TIMESTAMP(3) - INTERVAL ? SECOND)',
    [secondsAgo],
  );
}

const whereFrom = () => watch?.readList(async from => (from === replica ? 'replica' : 'primary'));

describe('lists', () => {
  test('are read from a replica that is little enough behind', async () => {
    // It has the beat of the next hour already, so to say.
    await replicated(-3_600);
    open(2_000);
    expect(await next(true)).toEqual({ used: true, behindMs: 0 });
    expect(await whereFrom()).toBe('replica');
  });

  test('are read where all else is, until it is known how far behind the replica is', async () => {
    open(2_000);
    expect(await whereFrom()).toBe('primary');
    expect(await next(false)).toMatchObject({ behindMs: Number.POSITIVE_INFINITY });
  });

  test('are read where all else is when the replica knows less than they ask for, as after a migration', async () => {
    await replicated(-3_600);
    open(2_000);
    await next(true);
    const newer = watch?.readList(async from => {
      if (from === replica) throw new Error('Unknown column');
      return 'primary';
    });
    expect(await newer).toBe('primary');
    expect(await whereFrom()).toBe('replica');
  });

  test('are read where all else is while the replica is too far behind, and from it when it has caught up', async () => {
    await replicated(60);
    open(2_000);
    const { behindMs } = await next(false);
    expect(behindMs).toBeGreaterThan(50_000);
    expect(await whereFrom()).toBe('primary');
    const caughtUp = next(true);
    await replicated(-3_600);
    await caughtUp;
    expect(await whereFrom()).toBe('replica');
  });

  test('are read where all else is from the first that the replica did not answer', async () => {
    await replicated(-3_600);
    open(60_000);
    await next(true);
    proxy.freeze();
    const read = (from: Database) => from.ping().then(() => from === primary);
    expect(await watch?.readList(read)).toBe(true);
    expect((await next(false)).cause).toBeInstanceOf(StoreUnavailable);
    expect(await whereFrom()).toBe('primary');
  });

  test('that fail for another reason fail: they would elsewhere too', async () => {
    await replicated(-3_600);
    open(60_000);
    await next(true);
    const fault = new Error('no such column');
    await expect(watch?.readList(() => Promise.reject(fault))).rejects.toBe(fault);
    expect(await whereFrom()).toBe('replica');
  });
});
