import { describe, expect, test } from '@jest/globals';
import { PROFILE_PARTS, Provenance, ProvenanceItems, SOURCE_KINDS } from '@roleforge/contracts';
import fc from 'fast-check';
import { provenanceItemsOf, provenanceOf, stalePartsOf } from './provenance.ts';
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

describe('the items that a part rests on', () => {
  test('are those that its entries name, or all that were gathered', () => {
    const sources = {
      ...TEA_SHOP,
      knowledge: { items: [...(TEA_SHOP.knowledge?.items ?? []), { id: 'storing', title: '储存', content: '干燥' }] },
    };
    const items = provenanceItemsOf(TEA_ROLE, sources);
    expect(ProvenanceItems.safeParse(items).success).toBe(true);
    expect(items.knowledge).toEqual({ knowledge: ['brewing'] });
    expect(items.products).toEqual({ products: ['longjing'] });
    expect(items.systemPrompt).toEqual({ knowledge: ['brewing', 'storing'], products: ['longjing'] });
    expect(items.tagline).toEqual({ products: ['longjing'] });
    expect(items).not.toHaveProperty('greeting');
  });

  test('are none of a source that was not there, and none of an empty part', () => {
    const items = provenanceItemsOf({ ...TEA_ROLE, products: [] }, { ...TEA_SHOP, knowledge: null });
    expect(items).not.toHaveProperty('products');
    expect(items.description).toEqual({ products: ['longjing'] });
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

  test('are judged by a part’s own digests where it is older than the rest', () => {
    const older = { greeting: { ...used, talkStyle: 'older' } };
    expect(stalePartsOf(provenance, used, used, older)).toEqual(['greeting']);
    expect(stalePartsOf(provenance, used, { ...used, talkStyle: 'older' }, older)).not.toContain('greeting');
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
