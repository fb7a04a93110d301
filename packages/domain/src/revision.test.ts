import { describe, expect, test } from '@jest/globals';
import { CreationId, PROFILE_PARTS, type ProfilePart, RoleId, StrategyId, TaskId } from '@roleforge/contracts';
import fc from 'fast-check';
import { provenanceItemsOf, provenanceOf } from './provenance.ts';
import { mergeRevision, revisionNote, revisionSchema } from './revision.ts';
import { type RoleVersionRecord, stalePartsOfRole } from './role-record.ts';
import { TEA_ROLE, TEA_SHOP } from './tea-shop.fixture.ts';
import type { Draft } from './writing.ts';

const USED = { baseInfo: 'a', talkStyle: 'b', knowledge: 'c', products: 'd' };
const provenance = provenanceOf(TEA_ROLE, TEA_SHOP);
const ANEW = {
  ...TEA_ROLE,
  name: '另一个名字',
  greeting: '来啦，坐！',
  talkStyle: { ...TEA_ROLE.talkStyle, tone: '爽利' },
  products: [],
};

const BASE: RoleVersionRecord = {
  roleId: RoleId.parse('role_7k2m4p6r8t0v1x3z5b7d9f1h3j'),
  taskId: TaskId.parse('tea-shop'),
  version: 3,
  creationId: CreationId.parse('rc_01jd8z0m3x5v7w9y1b3d5f7h9k'),
  locale: 'zh-CN',
  createdAt: new Date('2027-01-01T08:00:00Z'),
  profile: TEA_ROLE,
  writer: { kind: 'ai', provider: 'house', model: 'm', strategyId: StrategyId.parse('default'), strategyVersion: 1 },
  provenance,
  provenanceItems: provenanceItemsOf(TEA_ROLE, TEA_SHOP),
  digests: USED,
  partDigests: {},
  restoredFrom: null,
  regenerated: null,
  aiProvider: 'house',
};

const draft = (writer: Draft['writer'], profile = ANEW): Draft => ({
  profile,
  provenance: provenanceOf(profile, TEA_SHOP),
  provenanceItems: provenanceItemsOf(profile, TEA_SHOP),
  writer,
  usage: { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 },
});
const TEMPLATE = { kind: 'template', provider: 'roleforge', model: 'template-1' } as const;
const MODEL = { kind: 'ai', provider: 'other', model: 'm-2' } as const;

/** The version that saving the merged draft makes. */
function saved(base: RoleVersionRecord, sections: readonly ProfilePart[], digests: RoleVersionRecord['digests']) {
  const { draft: merged, revised } = mergeRevision(base, draft(TEMPLATE), sections, digests);
  return {
    ...base,
    ...revised,
    version: base.version + 1,
    profile: merged.profile,
    provenance: merged.provenance,
    provenanceItems: merged.provenanceItems ?? {},
    digests,
  };
}

describe('a revision merged with its base', () => {
  test('has the parts that were asked for from the draft, and all others from the base', () => {
    const { draft: merged, revised } = mergeRevision(BASE, draft(TEMPLATE), ['talkStyle', 'greeting'], USED);
    expect(merged.profile).toEqual({ ...TEA_ROLE, greeting: ANEW.greeting, talkStyle: ANEW.talkStyle });
    expect(Object.keys(merged.profile)).toEqual(PROFILE_PARTS);
    expect(revised).toEqual({
      regenerated: { fromVersion: 3, sections: ['greeting', 'talkStyle'] },
      partDigests: {},
      aiProvider: 'house',
    });
  });

  test('loses the provenance of a part that is empty now', () => {
    const { draft: merged } = mergeRevision(BASE, draft(TEMPLATE), ['products'], USED);
    expect(merged.profile.products).toEqual([]);
    expect(merged.provenance).not.toHaveProperty('products');
    expect(merged.provenanceItems).not.toHaveProperty('products');
    expect(merged.provenance.greeting).toEqual(provenance.greeting);
  });

  test('keeps the older digests of those kept parts alone that rest on what has changed', () => {
    const { revised } = mergeRevision(BASE, draft(TEMPLATE), ['greeting'], { ...USED, talkStyle: 'changed' });
    expect(revised.partDigests).not.toHaveProperty('greeting');
    expect(revised.partDigests).not.toHaveProperty('background');
    expect(revised.partDigests.talkStyle).toEqual(USED);
  });

  test('counts as made by a model while a part that one wrote is in it', () => {
    expect(mergeRevision(BASE, draft(TEMPLATE), ['name'], USED).revised.aiProvider).toBe('house');
    expect(mergeRevision(BASE, draft(TEMPLATE), PROFILE_PARTS, USED).revised.aiProvider).toBeNull();
    const template = { ...BASE, aiProvider: null };
    expect(mergeRevision(template, draft(TEMPLATE), ['name'], USED).revised.aiProvider).toBeNull();
    expect(mergeRevision(template, draft(MODEL), ['name'], USED).revised.aiProvider).toBe('other');
  });

  test('leaves stale, over any run of changes and revisions, exactly the parts not rewritten since', () => {
    const change = fc.record({
      sections: fc.subarray(PROFILE_PARTS, { minLength: 1 }),
      talkStyle: fc.constantFrom('b', 'b2', 'b3'),
      products: fc.constantFrom('d', 'd2'),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), changes => {
        let role = BASE;
        const behind = Object.fromEntries(PROFILE_PARTS.map(part => [part, USED]));
        for (const { sections, ...changed } of changes) {
          const current = { ...USED, ...changed };
          role = saved(role, sections, current);
          for (const part of sections) behind[part] = current;
          const stale = PROFILE_PARTS.filter(part =>
            role.provenance[part]?.some(kind => behind[part]?.[kind] !== current[kind]),
          );
          expect(stalePartsOfRole(role, current)).toEqual(stale);
        }
      }),
    );
  });
});

describe('a wish to revise, as a model is told it', () => {
  test('shows the profile as data, cleaned, and names the parts that are wanted', () => {
    const note = revisionNote({ profile: { ...TEA_ROLE, name: '茶\u200b小满' }, sections: ['greeting', 'tags'] });
    expect(note).toMatch(/^BEGIN CURRENT PROFILE\n\{/);
    expect(note).toContain('"name": "茶小满"');
    expect(note).toContain('"greeting", "tags"');
  });

  test('takes an answer with these parts, and refuses one that lacks any', () => {
    const schema = revisionSchema(['greeting', 'tags']);
    expect(schema.parse(TEA_ROLE)).toEqual({ greeting: TEA_ROLE.greeting, tags: TEA_ROLE.tags });
    expect(schema.safeParse({ greeting: 'Hello' }).success).toBe(false);
  });
});
