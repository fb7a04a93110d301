import type {
  CreationId,
  ProfilePart,
  Provenance,
  ProvenanceItems,
  Regenerated,
  Role,
  RoleId,
  RoleProfile,
  RoleSummary,
  RoleVersionSummary,
  TaskId,
  WriterIdentity,
} from '@roleforge/contracts';
import { type PartDigests, type SourceDigests, stalePartsOf } from './provenance.ts';

/** One version of a role, as it was saved. */
export type RoleVersionRecord = {
  roleId: RoleId;
  taskId: TaskId;
  version: number;
  creationId: CreationId;
  locale: string;
  createdAt: Date;
  profile: RoleProfile;
  writer: WriterIdentity;
  provenance: Provenance;
  /** Digests of the stored sources that went into it. */
  digests: SourceDigests;
  provenanceItems: ProvenanceItems;
  /** Digests of what stood behind the parts that were kept from an earlier version, where they differ from `digests`. */
  partDigests: PartDigests;
  /** The version that this one repeats; null where it repeats none. */
  restoredFrom: number | null;
  /** Which parts were written anew; null where all were. */
  regenerated: Regenerated | null;
  /** Who provided the model that wrote it, or a part that was kept in it; null where no model wrote any of it. */
  aiProvider: string | null;
};

/** One version of a role in a list: without its text, which may be long. */
export type RoleOverview = Omit<
  RoleVersionRecord,
  'profile' | 'provenance' | 'provenanceItems' | 'digests' | 'partDigests' | 'aiProvider'
> & {
  name: string;
  tagline: string;
};

/** The parts of a version that rest on a source changed since. `current` are the digests of what its task holds now. */
export function stalePartsOfRole(record: RoleVersionRecord, current: SourceDigests): ProfilePart[] {
  return stalePartsOf(record.provenance, record.digests, current, record.partDigests);
}

/** A role as clients see it. `current` are the digests of what its task holds now. */
export function presentRole(record: RoleVersionRecord, current: SourceDigests): Role {
  const { writer } = record;
  return {
    id: record.roleId,
    object: 'role',
    taskId: record.taskId,
    version: record.version,
    locale: record.locale,
    creationId: record.creationId,
    createdAt: record.createdAt.toISOString(),
    profile: record.profile,
    writer,
    provenance: record.provenance,
    provenanceItems: record.provenanceItems,
    restoredFrom: record.restoredFrom,
    regenerated: record.regenerated,
    aiLabel: {
      aiGenerated: record.aiProvider !== null,
      provider: record.aiProvider ?? writer.provider,
      contentId: `${record.roleId}.v${record.version}`,
    },
    stale: stalePartsOfRole(record, current),
  };
}

export function presentRoleSummary(record: RoleOverview): RoleSummary {
  return {
    id: record.roleId,
    object: 'role_summary',
    taskId: record.taskId,
    version: record.version,
    name: record.name,
    tagline: record.tagline,
    locale: record.locale,
    createdAt: record.createdAt.toISOString(),
  };
}

export function presentRoleVersion(record: RoleOverview): RoleVersionSummary {
  return {
    version: record.version,
    creationId: record.creationId,
    createdAt: record.createdAt.toISOString(),
    writer: record.writer,
    restoredFrom: record.restoredFrom,
    regenerated: record.regenerated,
    links: { self: `/v1/roles/${record.roleId}/versions/${record.version}` },
  };
}
