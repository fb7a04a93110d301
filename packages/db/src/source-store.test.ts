import { afterAll, describe, expect, test } from '@jest/globals';
import type { Knowledge, TaskId } from '@roleforge/contracts';
import { newTenant, testServers } from '@roleforge/testkit';
import { createSourceStore, openDatabase } from './index.ts';
import { TASK } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOW = new Date('2031-05-05T12:00:00.456Z');
const store = createSourceStore(database, () => NOW);
const baseInfo = { name: '小茶 😀 "\\\'?', locale: 'zh-CN', age: 30 };

const knowledge = (...titles: string[]): Knowledge => ({
  items: titles.map(title => ({ title, content: `All about ${title}.` })),
});

describe('source data', () => {
  test('what was put is read, and after its deletion there is nothing', async () => {
    const { tenantId } = await newTenant(database);
    expect(await store.readSource(tenantId, TASK, 'baseInfo')).toBeNull();
    const { created, ...stored } = await store.putSource(tenantId, TASK, 'baseInfo', baseInfo);
    expect(created).toBe(true);
    expect(stored).toMatchObject({ document: baseInfo, updatedAt: NOW });
    expect(await store.readSource(tenantId, TASK, 'baseInfo')).toEqual(stored);
    expect(await store.deleteSource(tenantId, TASK, 'baseInfo')).toBe(true);
    expect(await store.deleteSource(tenantId, TASK, 'baseInfo')).toBe(false);
    expect(await store.readSource(tenantId, TASK, 'baseInfo')).toBeNull();
  });

  test('a tenant’s data, a task’s and a kind’s are apart from all others', async () => {
    const { tenantId } = await newTenant(database);
    const { tenantId: stranger } = await newTenant(database);
    await store.putSource(tenantId, TASK, 'knowledge', knowledge('tea'));
    expect(await store.readSource(stranger, TASK, 'knowledge')).toBeNull();
    expect(await store.readSource(tenantId, 'other' as TaskId, 'knowledge')).toBeNull();
    expect(await store.readSource(tenantId, TASK, 'products')).toBeNull();
    expect(await store.deleteSource(stranger, TASK, 'knowledge')).toBe(false);
  });

  test('only the first put creates: neither a change nor the same document again does', async () => {
    const { tenantId } = await newTenant(database);
    const put = (name: string) => store.putSource(tenantId, TASK, 'baseInfo', { ...baseInfo, name });
    expect(await put('a')).toMatchObject({ created: true });
    expect(await put('a')).toMatchObject({ created: false });
    expect(await put('b')).toMatchObject({ created: false });
    expect(await store.readSource(tenantId, TASK, 'baseInfo')).toMatchObject({ document: { name: 'b' } });
    await store.deleteSource(tenantId, TASK, 'baseInfo');
    expect(await put('a')).toMatchObject({ created: true });
  });

  test('of ten first puts at the same moment one creates', async () => {
    const { tenantId } = await newTenant(database);
    const puts = Array.from({ length: 10 }, () => store.putSource(tenantId, TASK, 'baseInfo', baseInfo));
    expect((await Promise.all(puts)).filter(put => put.created)).toHaveLength(1);
  });

  test('one document has one digest, whoever puts it and whenever; another has another', async () => {
    const [a, b] = [await newTenant(database), await newTenant(database)];
    const later = createSourceStore(database, () => new Date(NOW.getTime() + 60_000));
    const first = await store.putSource(a.tenantId, TASK, 'knowledge', knowledge('tea', 'cups'));
    const same = await later.putSource(b.tenantId, TASK, 'knowledge', knowledge('tea', 'cups'));
    const other = await store.putSource(b.tenantId, TASK, 'knowledge', knowledge('tea', 'pots'));
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(same.digest).toBe(first.digest);
    expect(other.digest).not.toBe(first.digest);
    // Putting back what was read is no change.
    const read = await store.readSource(a.tenantId, TASK, 'knowledge');
    if (read === null) throw new Error('it was put');
    expect((await store.putSource(a.tenantId, TASK, 'knowledge', read.document)).digest).toBe(first.digest);
  });

  test('items without an id are given one, which an unchanged item keeps wherever it stands', async () => {
    const { tenantId } = await newTenant(database);
    const idsByTitle = async (document: Knowledge) => {
      const put = await store.putSource(tenantId, TASK, 'knowledge', document);
      return Object.fromEntries(put.document.items.map(item => [item.title, item.id]));
    };
    const first = await idsByTitle(knowledge('tea', 'cups'));
    expect(Object.values(first)).toEqual([expect.stringMatching(/^i_/), expect.stringMatching(/^i_/)]);
    expect(new Set(Object.values(first)).size).toBe(2);
    const moved = await idsByTitle({ items: [...knowledge('new', 'cups', 'tea').items] });
    expect(moved).toMatchObject(first);
    const own = await idsByTitle({ items: [{ id: 'mine', title: 'tea', content: 'x' }] });
    expect(own).toEqual({ tea: 'mine' });
  });

  test('digests of what a task holds are those of its documents', async () => {
    const { tenantId } = await newTenant(database);
    expect(await store.readDigests(tenantId, TASK)).toEqual({});
    const info = await store.putSource(tenantId, TASK, 'baseInfo', baseInfo);
    const products = await store.putSource(tenantId, TASK, 'products', { items: [{ name: 'Tea' }] });
    await store.putSource(tenantId, 'other' as TaskId, 'knowledge', knowledge('tea'));
    expect(await store.readDigests(tenantId, TASK)).toEqual({ baseInfo: info.digest, products: products.digest });
  });

  test('a reader sees only whole documents while they are put in turns', async () => {
    const { tenantId } = await newTenant(database);
    const versions = ['a', 'b'].map(letter => knowledge(...Array.from({ length: 200 }, (_, n) => `${letter}-${n}`)));
    const digestOf = new Map<string, string>();
    let putting = true;
    const writer = (async () => {
      for (let turn = 0; turn < 50; turn += 1) {
        const document = versions[turn % 2];
        if (document === undefined) throw new Error('there are two');
        const put = await store.putSource(tenantId, TASK, 'knowledge', document);
        digestOf.set(JSON.stringify(put.document), put.digest);
      }
    })().finally(() => {
      putting = false;
    });
    const reads: { text: string; digest: string }[] = [];
    const reader = async () => {
      while (putting) {
        const read = await store.readSource(tenantId, TASK, 'knowledge');
        if (read !== null) reads.push({ text: JSON.stringify(read.document), digest: read.digest });
      }
    };
    await Promise.all([writer, reader(), reader()]);
    expect(digestOf.size).toBe(2);
    expect(new Set(reads.map(read => read.text)).size).toBe(2);
    expect(reads.filter(({ text, digest }) => digestOf.get(text) !== digest)).toEqual([]);
  });
});
