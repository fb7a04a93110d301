import { z } from 'zod';
import { CreationId, RoleId, StrategyId, TaskId } from './ids.ts';
import { PageQuery, pageOf } from './pages.ts';
import { ProfilePartName, RoleProfile } from './profile.ts';
import { SourceKind } from './sources.ts';

/** Who wrote a role. */
export const WriterIdentity = z
  .object({
    kind: z.enum(['ai', 'template']),
    provider: z.string(),
    model: z.string(),
    strategyId: StrategyId,
    strategyVersion: z.int(),
  })
  .meta({ id: 'WriterIdentity' });
export type WriterIdentity = z.infer<typeof WriterIdentity>;

/** For each part of the profile, the sources that it rests on. */
export const Provenance = z.partialRecord(ProfilePartName, z.array(SourceKind));
export type Provenance = z.infer<typeof Provenance>;

/** For each part of the profile, the ids of the items in the sources that it rests on. */
export const ProvenanceItems = z.partialRecord(
  ProfilePartName,
  z.object({ knowledge: z.array(z.string()).optional(), products: z.array(z.string()).optional() }),
);
export type ProvenanceItems = z.infer<typeof ProvenanceItems>;

/** Of a version in which some parts were written anew: the version that the other parts come from, and the parts. */
export const Regenerated = z
  .object({ fromVersion: z.int().min(1), sections: z.array(ProfilePartName) })
  .meta({ id: 'Regenerated' });
export type Regenerated = z.infer<typeof Regenerated>;

/** How a version came to be, where a creation did not write the whole of it. */
const descent = {
  restoredFrom: z.int().nullable().describe('The earlier version that this one repeats'),
  regenerated: Regenerated.nullable().describe('Which parts were written anew, and where the others come from'),
};

/**
 * Marks what a machine wrote, with who provided it and a number to trace it by: the metadata label that
 * China's Measures for Labelling AI-Generated Content ask for (in force since 2025-09-01).
 */
export const AiLabel = z
  .object({ aiGenerated: z.boolean(), provider: z.string(), contentId: z.string() })
  .meta({ id: 'AiLabel' });
export type AiLabel = z.infer<typeof AiLabel>;

export const Role = z
  .object({
    id: RoleId,
    object: z.literal('role'),
    taskId: TaskId,
    version: z.int(),
    locale: z.string(),
    creationId: CreationId,
    createdAt: z.iso.datetime(),
    profile: RoleProfile,
    writer: WriterIdentity,
    provenance: Provenance,
    provenanceItems: ProvenanceItems.describe('The knowledge items and products that each part rests on'),
    ...descent,
    aiLabel: AiLabel,
    stale: z.array(ProfilePartName).describe('Parts that rest on a source changed since'),
  })
  .meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

/** A role in a list: everything but its text. */
export const RoleSummary = z
  .object({
    id: RoleId,
    object: z.literal('role_summary'),
    taskId: TaskId,
    version: z.int().describe('The latest'),
    name: z.string(),
    tagline: z.string(),
    locale: z.string(),
    createdAt: z.iso.datetime().describe('Of the latest version'),
  })
  .meta({ id: 'RoleSummary' });
export type RoleSummary = z.infer<typeof RoleSummary>;

export const RolePage = pageOf(RoleSummary, 'RolePage');
export const RoleListQuery = PageQuery.extend({ taskId: TaskId.optional() });
export type RoleListQuery = z.infer<typeof RoleListQuery>;

/** A version in the list of a role's versions. */
export const RoleVersionSummary = z
  .object({
    version: z.int(),
    creationId: CreationId,
    createdAt: z.iso.datetime(),
    writer: WriterIdentity,
    ...descent,
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'RoleVersionSummary' });
export type RoleVersionSummary = z.infer<typeof RoleVersionSummary>;

export const RoleVersionPage = pageOf(RoleVersionSummary, 'RoleVersionPage');
