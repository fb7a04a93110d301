import { expect, test } from '@jest/globals';
import { SOURCE_KINDS, type SourceKind } from '@roleforge/contracts';
import type { SourceCopyReader, TakenCreation } from '@roleforge/domain';
import { gather } from './gather.ts';

const creation = { tenantId: 'tenant', taskId: 'task', inlineSources: null } as unknown as TakenCreation;

const NOTHING = { source: null, state: 'fresh', from: 'mysql', ageMs: 0 } as const;

test('all four reads are under way before the first has ended', async () => {
  const begun: SourceKind[] = [];
  const { promise: allBegun, resolve } = Promise.withResolvers<void>();
  const reader: SourceCopyReader = {
    async readCopy(_tenant, _task, kind) {
      begun.push(kind);
      if (begun.length === SOURCE_KINDS.length) resolve();
      await allBegun;
      return NOTHING;
    },
  };
  const reads = await gather(reader, creation);
  expect(begun).toEqual([...SOURCE_KINDS]);
  expect(Object.values(reads).map(read => read.state)).toEqual(['empty', 'empty', 'empty', 'empty']);
});

test('a read that fails takes no other with it', async () => {
  const reader: SourceCopyReader = {
    async readCopy(_tenant, _task, kind) {
      if (kind === 'knowledge') throw new Error('no such table');
      return NOTHING;
    },
  };
  const reads = await gather(reader, creation);
  expect(reads.knowledge).toMatchObject({ state: 'failed', cause: new Error('no such table') });
  expect(reads.products.state).toBe('empty');
});

test('what came along is not read at all', async () => {
  const asked: SourceKind[] = [];
  const reader: SourceCopyReader = {
    async readCopy(_tenant, _task, kind) {
      asked.push(kind);
      return NOTHING;
    },
  };
  const inline = { products: { items: [{ name: 'Tin' }] } };
  const reads = await gather(reader, { ...creation, inlineSources: inline });
  expect(asked).not.toContain('products');
  expect(reads.products).toMatchObject({
    state: 'inline',
    document: { items: [{ id: expect.any(String), name: 'Tin' }] },
  });
});

test('a stale copy says how old it is, and why it is none but that', async () => {
  const cause = new Error('MySQL does not answer');
  const updatedAt = new Date();
  const reader = {
    readCopy: async () => ({
      source: { document: { tone: 'warm' }, digest: 'd', updatedAt },
      state: 'stale',
      from: 'redis',
      ageMs: 5_000,
      cause,
    }),
  } as unknown as SourceCopyReader;
  const reads = await gather(reader, creation);
  expect(reads.talkStyle).toMatchObject({
    state: 'stale',
    document: { tone: 'warm' },
    digest: 'd',
    ageMs: 5_000,
    cause,
  });
});
