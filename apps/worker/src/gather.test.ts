import { expect, test } from '@jest/globals';
import { SOURCE_KINDS, type SourceKind } from '@roleforge/contracts';
import type { SourceReader, TakenCreation } from '@roleforge/domain';
import { gather } from './gather.ts';

const creation = { tenantId: 'tenant', taskId: 'task', inlineSources: null } as unknown as TakenCreation;

test('all four reads are under way before the first has ended', async () => {
  const begun: SourceKind[] = [];
  const { promise: allBegun, resolve } = Promise.withResolvers<void>();
  const reader: SourceReader = {
    async readSource(_tenant, _task, kind) {
      begun.push(kind);
      if (begun.length === SOURCE_KINDS.length) resolve();
      await allBegun;
      return null;
    },
  };
  const reads = await gather(reader, creation);
  expect(begun).toEqual([...SOURCE_KINDS]);
  expect(Object.values(reads).map(read => read.state)).toEqual(['empty', 'empty', 'empty', 'empty']);
});

test('a read that fails takes no other with it', async () => {
  const reader: SourceReader = {
    async readSource(_tenant, _task, kind) {
      if (kind === 'knowledge') throw new Error('no such table');
      return null;
    },
  };
  const reads = await gather(reader, creation);
  expect(reads.knowledge).toMatchObject({ state: 'failed', cause: new Error('no such table') });
  expect(reads.products.state).toBe('empty');
});

test('what came along is not read at all', async () => {
  const asked: SourceKind[] = [];
  const reader: SourceReader = {
    async readSource(_tenant, _task, kind) {
      asked.push(kind);
      return null;
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
