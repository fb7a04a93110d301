import {
  PROFILE_PARTS,
  type ProfilePart,
  type Provenance,
  type ProvenanceItems,
  type RoleProfile,
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

/**
 * Which items of the sources each filled part rests on: those that the entries of the part name, or where a part is written from
 * a source as a whole, all that were gathered. Sources and parts without items are left out.
 */
export function provenanceItemsOf(profile: RoleProfile, sources: GatheredSources): ProvenanceItems {
  const gathered = { knowledge: idsIn(sources.knowledge), products: idsIn(sources.products) };
  const named = {
    knowledge: { knowledge: [...new Set(profile.knowledge.flatMap(entry => entry.sourceIds))] },
    products: { products: [...new Set(profile.products.map(product => product.productId))] },
  };
  const items: ProvenanceItems = {};
  for (const [part, from] of Object.entries(provenanceOf(profile, sources)) as [ProfilePart, SourceKind[]][]) {
    const rests = part === 'knowledge' || part === 'products' ? named[part] : gathered;
    const lists = Object.entries(rests).filter(([kind, ids]) => from.includes(kind as SourceKind) && ids.length > 0);
    if (lists.length > 0) items[part] = Object.fromEntries(lists);
  }
  return items;
}

function idsIn(source: { items: { id?: string | undefined }[] } | null): string[] {
  return source?.items.flatMap(({ id }) => id ?? []) ?? [];
}

/** SHA-256 of each source's document, in hex; a source that is not there has none. */
export type SourceDigests = Partial<Record<SourceKind, string>>;

/** The digests behind those parts of a version that are older than the rest of it. */
export type PartDigests = Partial<Record<ProfilePart, SourceDigests>>;

/**
 * The parts of a role that rest on a source changed since. A source that was sent along with the request has no digest in
 * `used` and is never stale: nothing stored stands behind it. What is in `older` for a part counts in place of `used`.
 */
export function stalePartsOf(
  provenance: Provenance,
  used: SourceDigests,
  current: SourceDigests,
  older: PartDigests = {},
): ProfilePart[] {
  const changedSince = (digests: SourceDigests) => (kind: SourceKind) =>
    digests[kind] !== undefined && digests[kind] !== current[kind];
  return PROFILE_PARTS.filter(part => provenance[part]?.some(changedSince(older[part] ?? used)) ?? false);
}
