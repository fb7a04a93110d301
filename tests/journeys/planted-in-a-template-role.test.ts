import { expect, test } from '@jest/globals';
import { RoleProfile } from '@roleforge/contracts';
import { draftProblems } from '../../packages/domain/src/index.ts';
import { FACT, PLANTED_CASES, plantedSources } from '../../packages/prompts/src/planted-cases.fixture.ts';
import { briefFor, contextFor } from '../../packages/writer/src/brief.fixture.ts';
import { createTemplateWriter } from '../../packages/writer/src/index.ts';

test.each(PLANTED_CASES)(
  'a template role carries nothing that was planted by $trick in $place, and says so',
  async planted => {
    const sources = plantedSources(planted);
    for (const locale of ['zh-CN', 'en']) {
      const { profile, degraded } = await createTemplateWriter().write({ ...briefFor(sources), locale }, contextFor());
      expect(draftProblems(profile, sources)).toEqual([]);
      expect(JSON.stringify(profile)).toContain(FACT);
      expect(degraded).toEqual([{ source: expect.any(String), reason: 'redacted', count: expect.any(Number) }]);
      expect(RoleProfile.parse(profile)).toEqual(profile);
    }
  },
);
