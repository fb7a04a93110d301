import { describe, expect, test } from '@jest/globals';
import { CreationId, Role, RoleId, RoleSummary, RoleVersionSummary, StrategyId, TaskId } from '@roleforge/contracts';
import { provenanceItemsOf, provenanceOf } from './provenance.ts';
import { presentRole, presentRoleSummary, presentRoleVersion, type RoleVersionRecord } from './role-record.ts';
import { TEA_ROLE, TEA_SHOP } from './tea-shop.fixture.ts';

const RECORD: RoleVersionRecord = {
  roleId: RoleId.parse('role_7k2m4p6r8t0v1x3z5b7d9f1h3j'),
  taskId: TaskId.parse('tea-shop'),
  version: 2,
  creationId: CreationId.parse('rc_01jd8z0m3x5v7w9y1b3d5f7h9k'),
  locale: 'zh-CN',
  createdAt: new Date('2027-01-01T08:00:00Z'),
  profile: TEA_ROLE,
  writer: {
    kind: 'ai',
    provider: 'scripted',
    model: 'm1',
    strategyId: StrategyId.parse('default'),
    strategyVersion: 1,
  },
  provenance: provenanceOf(TEA_ROLE, TEA_SHOP),
  provenanceItems: provenanceItemsOf(TEA_ROLE, TEA_SHOP),
  digests: { baseInfo: 'a', talkStyle: 'b', knowledge: 'c', products: 'd' },
  partDigests: {},
  restoredFrom: null,
  regenerated: null,
  aiProvider: 'scripted',
};

describe('a role as clients see it', () => {
  test('has the fields of the contract, in its order, and no others', () => {
    const shown = presentRole(RECORD, RECORD.digests);
    expect(Object.keys(shown).join(' ')).toBe(
      'id object taskId version locale creationId createdAt profile writer provenance provenanceItems restoredFrom regenerated aiLabel stale',
    );
    expect(Role.strict().parse(shown)).toEqual(shown);
    expect(shown.stale).toEqual([]);
  });

  test('names the parts that rest on a source changed since', () => {
    expect(presentRole(RECORD, { ...RECORD.digests, products: 'changed' }).stale).toContain('products');
  });

  test('is labelled as made by a model, with a number of its own for each version', () => {
    expect(presentRole(RECORD, {}).aiLabel).toEqual({
      aiGenerated: true,
      provider: 'scripted',
      contentId: 'role_7k2m4p6r8t0v1x3z5b7d9f1h3j.v2',
    });
  });

  test('is not labelled as made by a model when the template wrote it', () => {
    const template = { ...RECORD, writer: { ...RECORD.writer, kind: 'template' as const }, aiProvider: null };
    expect(presentRole(template, {}).aiLabel.aiGenerated).toBe(false);
  });

  test('is labelled as made by a model when the template rewrote only some of it', () => {
    const writer = { ...RECORD.writer, kind: 'template' as const, provider: 'roleforge' };
    expect(presentRole({ ...RECORD, writer }, {}).aiLabel).toMatchObject({ aiGenerated: true, provider: 'scripted' });
  });

  test('looks at the older sources of a part that was kept', () => {
    const kept = { ...RECORD, partDigests: { greeting: { ...RECORD.digests, talkStyle: 'older' } } };
    expect(presentRole(kept, RECORD.digests).stale).toEqual(['greeting']);
  });

  test('appears in lists without its text', () => {
    const overview = { ...RECORD, name: RECORD.profile.name, tagline: RECORD.profile.tagline };
    const summary = presentRoleSummary(overview);
    expect(RoleSummary.strict().parse(summary)).toEqual(summary);
    const version = presentRoleVersion(overview);
    expect(RoleVersionSummary.strict().parse(version)).toEqual(version);
    expect(version.links.self).toBe('/v1/roles/role_7k2m4p6r8t0v1x3z5b7d9f1h3j/versions/2');
  });
});
