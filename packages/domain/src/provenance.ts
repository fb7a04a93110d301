import {
  PROFILE_PARTS,
  type ProfilePart,
  type Provenance,
  type RoleProfile,
  SOURCE_KINDS,
  type SourceKind,
} from '@roleforge/contracts';
import type { GatheredSources } from './gather-decision.ts';

/** The sources that each part of a profile is written from. Base info colours all of them: it names the role. */
const WRITTEN_FROM: Record<ProfilePart, readonly SourceKind[]> = {
  name: ['baseInfo'],
  tagline: ['baseInfo', 'products'],
  description: ['baseInfo', 'talkStyle', 'knowledge', 'products'],
  personality: ['baseInfo', 'talkStyle'],
  background: ['baseInfo'],
  systemPrompt: ['baseInfo', 'talkStyle', 'knowledge', 'products'],
  greeting: ['baseInfo', 'talkStyle'],
  alternateGreetings: ['baseInfo', 'talkStyle', 'knowledge', 'products'],
  talkStyle: ['baseInfo', 'talkStyle'],
  exampleDialogues: ['baseInfo', 'talkStyle', 'knowledge', 'products'],
  knowledge: ['knowledge'],
  products: ['talkStyle', 'products'],
  boundaries: ['baseInfo', 'talkStyle', 'knowledge', 'products'],
  tags: ['baseInfo', 'knowledge', 'products'],
};

/** Which of the sources at hand each filled part of the profile rests on. */
export function provenanceOf(profile: RoleProfile, sources: GatheredSources): Provenance {
  const provenance: Provenance = {};
  for (const part of PROFILE_PARTS) {
    const value = profile[part];
    if (Array.isArray(value) && value.length === 0) continue;
    const from = WRITTEN_FROM[part].filter(kind => sources[kind] !== null);
    if (from.length > 0) provenance[part] = from;
  }
  return provenance;
}

/** SHA-256 of each source's document, in hex; a source that is not there has none. */
export type SourceDigests = Partial<Record<SourceKind, string>>;

/**
 * The parts of a role that rest on a source changed since. A source that was sent along with the request has no digest in
 * `used` and is never stale: nothing stored stands behind it.
 */
export function stalePartsOf(provenance: Provenance, used: SourceDigests, current: SourceDigests): ProfilePart[] {
  const changed = SOURCE_KINDS.filter(kind => used[kind] !== undefined && used[kind] !== current[kind]);
  return PROFILE_PARTS.filter(part => provenance[part]?.some(kind => changed.includes(kind)) ?? false);
}
