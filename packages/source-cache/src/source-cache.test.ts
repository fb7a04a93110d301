import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Knowledge, TenantId } from '@roleforge/contracts';
import { createSourceStore, openDatabase } from '@roleforge/db';
import type { SourceReader, StoredSource } from '@roleforge/domain';
import {
  newQueuePrefix,
  newTenant,
  startStopwatch,
  startTcpProxy,
  type TcpProxy,
  testServers,
} from '@roleforge/testkit';
import type { SourceInvalidator } from './index.ts';
import { type CacheProcess, openCacheProcess, openInvalidator, TASK } from './source-cache.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
const store = createSourceStore(database);
afterAll(() => database.close());

let prefix: string;
let tenantId: TenantId;
let invalidator: SourceInvalidator;
let opened: { close(): Promise<void> }[];
beforeEach(async () => {
  prefix = newQueuePrefix();
  ({ tenantId } = await newTenant(database));
  invalidator = await openInvalidator(prefix);
  opened = [invalidator];
});
afterEach(async () => {
  for (const each of opened.toReversed()) await each.close();
});

async function openProcess(options: Partial<Parameters<typeof openCacheProcess>[0]> = {}): Promise<CacheProcess> {
  const cache = await openCacheProcess({ prefix, reader: store, ...options });
  opened.push(cache);
  return cache;
}

async function openProxy(target: string): Promise<TcpProxy> {
  const proxy = await startTcpProxy(target);
  opened.push(proxy);
  return proxy;
}

const knowledge = (letter: string): Knowledge => ({
  items: Array.from({ length: 20 }, (_, n) => ({ id: `k${n}`, title: letter, content: letter.repeat(200) })),
});
const put = (letter: string) => store.putSource(tenantId, TASK, 'knowledge', knowledge(letter));
const read = (cache: CacheProcess) => cache.readCopy(tenantId, TASK, 'knowledge');
const lettersOf = (source: StoredSource<'knowledge'> | null) =>
  [...new Set(source?.document.items.map(item => item.title))].join('');

/** Resolves when the write is in the store, its copies are ended, and these processes have heard of it. */
async function write(letter: string, ...hearers: CacheProcess[]): Promise<void> {
  await put(letter);
  const heard = hearers.map(each => each.heard());
  await invalidator.forget(tenantId, TASK, 'knowledge');
  await Promise.all(heard);
}

describe('copies of sources', () => {
  test('come from MySQL once, then from memory, and in another process from Redis', async () => {
    const stored = await put('a');
    const [one, other] = [await openProcess(), await openProcess()];
    const { created: _, ...source } = stored;
    expect(await read(one)).toMatchObject({ source, state: 'fresh', from: 'mysql' });
    expect(await read(one)).toMatchObject({ source, state: 'fresh', from: 'memory' });
    expect(await read(other)).toMatchObject({ source, state: 'fresh', from: 'redis' });
    expect(await read(other)).toMatchObject({ source, state: 'fresh', from: 'memory' });
    expect([one.reads, other.reads]).toEqual([1, 0]);
  });

  test('are kept of what is not there, too', async () => {
    const [one, other] = [await openProcess(), await openProcess()];
    expect(await read(one)).toMatchObject({ source: null, from: 'mysql' });
    expect(await read(one)).toMatchObject({ source: null, from: 'memory' });
    expect(await read(other)).toMatchObject({ source: null, from: 'redis' });
    await write('a', one, other);
    for (const each of [one, other]) expect(lettersOf((await read(each)).source)).toBe('a');
  });

  test('end in every process with a write, and with a deletion', async () => {
    await put('a');
    const [one, other] = [await openProcess(), await openProcess()];
    for (const each of [one, other]) await read(each);
    await write('b', one, other);
    for (const each of [one, other]) expect(lettersOf((await read(each)).source)).toBe('b');
    await store.deleteSource(tenantId, TASK, 'knowledge');
    const heard = [one.heard(), other.heard()];
    await invalidator.forget(tenantId, TASK, 'knowledge');
    await Promise.all(heard);
    for (const each of [one, other]) expect((await read(each)).source).toBeNull();
  });

  test('are apart by tenant, task, kind and prefix', async () => {
    await put('a');
    const cache = await openProcess();
    const stranger = await openProcess({ prefix: newQueuePrefix() });
    await read(cache);
    expect((await cache.readCopy(tenantId, TASK, 'products')).source).toBeNull();
    expect((await cache.readCopy(tenantId, 'other' as never, 'knowledge')).source).toBeNull();
    expect((await cache.readCopy((await newTenant(database)).tenantId, TASK, 'knowledge')).source).toBeNull();
    expect(await read(stranger)).toMatchObject({ from: 'mysql' });
  });

  test('a hundred who ask at once cost one read', async () => {
    await put('a');
    const cache = await openProcess();
    const copies = await Promise.all(Array.from({ length: 100 }, () => read(cache)));
    expect(cache.reads).toBe(1);
    expect(new Set(copies.map(copy => lettersOf(copy.source)))).toEqual(new Set(['a']));
  });

  test('a read that a write overtakes reads again, and who asks after the write gets the new', async () => {
    await put('a');
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const reader: SourceReader = {
      async readSource(...source) {
        const row = await store.readSource(...source);
        begun.resolve();
        await gate.promise;
        return row;
      },
    };
    const cache = await openProcess({ reader });
    const early = read(cache);
    await begun.promise;
    await write('b', cache);
    const late = read(cache);
    gate.resolve();
    expect(lettersOf((await early).source)).toBe('b');
    expect(lettersOf((await late).source)).toBe('b');
    expect(cache.reads).toBe(2);
  });

  test('never hold half of an old and half of a new document, however often it is written', async () => {
    await put('a');
    const caches = [await openProcess(), await openProcess()];
    let [reads, writes] = [0, 0];
    const going = () => reads < 1_000 || writes < 20;
    const seen = new Set<string>();
    const reader = async (cache: CacheProcess) => {
      while (going()) {
        reads += 1;
        seen.add(lettersOf((await read(cache)).source));
        // A read from memory is over before anything else can happen.
        await turn();
      }
    };
    const writer = async () => {
      for (; going(); writes += 1) await write('bcdef'[writes % 5] as string);
    };
    await Promise.all([...caches.flatMap(cache => [reader(cache), reader(cache), reader(cache)]), writer()]);
    expect(seen.size).toBeGreaterThan(1);
    expect([...seen].filter(letters => letters.length !== 1)).toEqual([]);
    await write('z', ...caches);
    for (const cache of caches) expect(lettersOf((await read(cache)).source)).toBe('z');
  });
});

describe('without Redis', () => {
  test.each(['cut', 'freeze'] as const)('reads come from MySQL, and soon (%s)', async how => {
    await put('a');
    const proxy = await openProxy(testServers().redisUrl);
    const cache = await openProcess({ redisUrl: proxy.url });
    proxy[how]();
    const watch = startStopwatch();
    expect(await read(cache)).toMatchObject({ state: 'fresh', from: 'mysql' });
    expect(await cache.readCopy(tenantId, TASK, 'products')).toMatchObject({ source: null, from: 'mysql' });
    expect(watch.stop()).toBeLessThan(2_000);
    expect(await read(cache)).toMatchObject({ from: 'memory' });
    proxy.restore();
  });

  test('a process that has missed what was written forgets its copies when Redis is back', async () => {
    await put('a');
    const proxy = await openProxy(testServers().redisUrl);
    const cache = await openProcess({ redisUrl: proxy.url });
    await read(cache);
    proxy.cut();
    await write('b');
    expect(lettersOf((await read(cache)).source)).toBe('a');
    proxy.restore();
    await cache.connected();
    expect(lettersOf((await read(cache)).source)).toBe('b');
  });
});

describe('without MySQL', () => {
  // Under these a copy is out of date as soon as it is made.
  const BRIEF = { memoryMs: 60_000, redisMs: -1, staleMs: 60_000 };
  const now = new Date('2031-05-05T12:00:00Z').getTime();

  async function withoutMysql(
    work: (cache: CacheProcess, cut: () => void, pass: (ms: number) => void) => Promise<void>,
  ) {
    const proxy = await openProxy(testServers().databaseUrl);
    const through = openDatabase({ url: proxy.url, patienceMs: 1_000 });
    opened.push(through);
    let passed = 0;
    const clock = () => new Date(now + passed);
    const cache = await openProcess({ reader: createSourceStore(through), clock, lifetimes: BRIEF });
    await work(cache, proxy.cut, ms => {
      passed += ms;
    });
  }

  test('the last copy is handed out as stale, with its age, to all who ask at once', () =>
    withoutMysql(async (cache, cut, pass) => {
      await put('a');
      await read(cache);
      cut();
      pass(90_000);
      const copies = await Promise.all([read(cache), read(cache)]);
      for (const copy of copies)
        expect(copy).toMatchObject({ state: 'stale', ageMs: 90_000, cause: { name: 'StoreUnavailable' } });
      expect(lettersOf(copies[0]?.source ?? null)).toBe('a');
      pass(1_000);
      expect(await read(cache)).toMatchObject({ state: 'stale', ageMs: 91_000 });
    }));

  test('a copy in Redis will do for a process that has none', () =>
    withoutMysql(async (cache, cut) => {
      await put('a');
      await read(await openProcess({ lifetimes: BRIEF }));
      cut();
      expect(await read(cache)).toMatchObject({ state: 'stale', from: 'redis' });
    }));

  test('what was written since is not handed out, nor what was not there, nor what was never read', () =>
    withoutMysql(async (cache, cut) => {
      await put('a');
      await read(cache);
      await cache.readCopy(tenantId, TASK, 'products');
      await write('b', cache);
      cut();
      for (const kind of ['knowledge', 'products', 'talkStyle'] as const)
        await expect(cache.readCopy(tenantId, TASK, kind)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    }));

  test('an error that is none of MySQL’s being away is not covered up', async () => {
    await put('a');
    let broken = false;
    const reader: SourceReader = {
      readSource: (...source) => (broken ? Promise.reject(new TypeError('broken')) : store.readSource(...source)),
    };
    const cache = await openProcess({ reader, lifetimes: BRIEF });
    await read(cache);
    broken = true;
    await expect(read(cache)).rejects.toThrow(TypeError);
  });
});
