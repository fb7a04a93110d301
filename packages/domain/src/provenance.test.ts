import { describe, expect, test } from '@jest/globals';
import { PROFILE_PARTS, Provenance, SOURCE_KINDS } from '@roleforge/contracts';
import fc from 'fast-check';
import { provenanceOf, stalePartsOf } from './provenance.ts';
import { TEA_ROLE, TEA_SHOP } from './tea-shop.fixture.ts';

describe('provenance', () => {
  test('names the sources of every part when all sources and all parts are there', () => {
    const provenance = provenanceOf(TEA_ROLE, TEA_SHOP);
    expect(Object.keys(provenance)).toEqual(PROFILE_PARTS);
    expect(Provenance.safeParse(provenance).success).toBe(true);
    expect(provenance).toMatchObject({ greeting: ['baseInfo', 'talkStyle'], knowledge: ['knowledge'] });
  });

  test('leaves out the sources that were not there', () => {
    const provenance = provenanceOf(TEA_ROLE, { ...TEA_SHOP, talkStyle: null, products: null });
    expect(provenance.greeting).toEqual(['baseInfo']);
    expect(Object.values(provenance).flat()).not.toContain('talkStyle');
    expect(provenance).not.toHaveProperty('products');
  });

  test('leaves out the parts that are empty', () => {
    const provenance = provenanceOf({ ...TEA_ROLE, tags: [], exampleDialogues: [] }, TEA_SHOP);
    expect(provenance).not.toHaveProperty('tags');
    expect(provenance).not.toHaveProperty('exampleDialogues');
    expect(provenance).toHaveProperty('boundaries');
  });
});

describe('the stale parts of a role', () => {
  const provenance = provenanceOf(TEA_ROLE, TEA_SHOP);
  const used = { baseInfo: 'a', talkStyle: 'b', knowledge: 'c', products: 'd' };

  test('are none while nothing has changed', () => {
    expect(stalePartsOf(provenance, used, { ...used })).toEqual([]);
  });

  test('are all that rest on a source which changed', () => {
    const stale = stalePartsOf({ greeting: ['baseInfo', 'talkStyle'], products: ['products'] }, used, {
      ...used,
      talkStyle: 'changed',
    });
    expect(stale).toEqual(['greeting']);
  });

  test('are all that rest on a source which was deleted', () => {
    const { knowledge: _, ...left } = used;
    expect(stalePartsOf({ name: ['baseInfo'], knowledge: ['knowledge'] }, used, left)).toEqual(['knowledge']);
  });

  test('are none for a source that came with the request, whatever is stored since', () => {
    const { baseInfo: _, ...stored } = used;
    expect(stalePartsOf(provenance, stored, { ...used, baseInfo: 'new' })).toEqual([]);
  });

  test('are none for a source that was not there before', () => {
    expect(stalePartsOf({ name: ['baseInfo'] }, { baseInfo: 'a' }, used)).toEqual([]);
  });

  test('are, for any change, exactly the parts that name a changed source', () => {
    fc.assert(
      fc.property(fc.subarray([...SOURCE_KINDS]), changed => {
        const current = { ...used, ...Object.fromEntries(changed.map(kind => [kind, 'changed'])) };
        const expected = PROFILE_PARTS.filter(part => provenance[part]?.some(kind => changed.includes(kind)));
        expect(stalePartsOf(provenance, used, current)).toEqual(expected);
      }),
    );
  });
});
