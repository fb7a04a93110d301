import type {
  CreationId,
  Provenance,
  Role,
  RoleId,
  RoleProfile,
  RoleSummary,
  RoleVersionSummary,
  TaskId,
  WriterIdentity,
} from '@roleforge/contracts';
import { type SourceDigests, stalePartsOf } from './provenance.ts';

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
};

/** One version of a role in a list: without its text, which may be long. */
export type RoleOverview = Omit<RoleVersionRecord, 'profile' | 'provenance' | 'digests'> & {
  name: string;
  tagline: string;
};

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
    aiLabel: {
      aiGenerated: writer.kind === 'ai',
      provider: writer.provider,
      contentId: `${record.roleId}.v${record.version}`,
    },
    stale: stalePartsOf(record.provenance, record.digests, current),
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
    links: { self: `/v1/roles/${record.roleId}/versions/${record.version}` },
  };
}
