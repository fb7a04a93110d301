import type { RoleProfile } from '@roleforge/contracts';
import {
  type Draft,
  type GatheredSources,
  provenanceItemsOf,
  provenanceOf,
  type Writer,
  withoutPlanted,
} from '@roleforge/domain';
import { clip } from './clip.ts';
import { exampleDialogues } from './example-dialogues.ts';
import { byWeight, type Offer, offersOf, type Topic, topicsOf } from './offers.ts';
import { line, lines, type Persona, personaOf } from './persona.ts';
import { systemPrompt } from './system-prompt.ts';
import type { Exchange, Wording } from './wording.ts';
import { WORDING_EN } from './wording-en.ts';
import { WORDING_ZH } from './wording-zh.ts';

/**
 * Writes a role without a model: from the sources alone, the same from the same. It adds no fact; what the sources leave
 * open stays open, and what tries to instruct a model is left out and counted in `degraded`. Rejects only with the signal's reason.
 */
export function createTemplateWriter(): Writer {
  return {
    async write({ sources, locale }, { signal }): Promise<Draft> {
      signal.throwIfAborted();
      const { sources: usable, removed } = withoutPlanted(sources);
      const profile = composeProfile(usable, locale);
      return {
        profile,
        provenance: provenanceOf(profile, usable),
        provenanceItems: provenanceItemsOf(profile, usable),
        writer: { kind: 'template', provider: 'roleforge', model: 'template-1' },
        usage: { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 },
        ...(removed.length === 0
          ? {}
          : { degraded: removed.map(({ kind, count }) => ({ source: kind, reason: 'redacted' as const, count })) }),
      };
    },
  };
}

function wordingFor(locale: string): Wording {
  return /^zh\b/i.test(locale) ? WORDING_ZH : WORDING_EN;
}

/** @param sources clean, without what was planted in them */
function composeProfile(sources: GatheredSources, locale: string): RoleProfile {
  const wording = wordingFor(locale);
  const ownLanguage = locale.toLowerCase().split('-')[0] === wording.language;
  const persona = personaOf(sources, wording.unnamed);
  const topics = topicsOf(byWeight(sources));
  const offers = offersOf(sources, ownLanguage ? locale : wording.language, wording.language);
  const samples = samplesOf(sources);
  const repertoire = { topics: topics.map(topic => topic.title), products: offers.map(offer => offer.name) };
  const rules = wording.rules(persona).map(rule => clip(rule, 500));
  const boundaries = [...wording.boundaries(repertoire), ...persona.avoid.map(item => wording.avoid(item))]
    .slice(0, 30)
    .map(boundary => clip(boundary, 500));
  const spoken = (text: string) => clip(withEmoji(text, persona.emoji, wording.gap), 2000);
  const [first = '', ...others] = wording.alternateGreetings(persona, repertoire);
  return {
    name: persona.name,
    tagline: clip(wording.tagline(persona, repertoire), 300),
    description: clip(wording.description(persona, repertoire), 4000),
    personality: clip(wording.personality(persona), 4000),
    background: clip(persona.background ?? wording.bareBackground(persona), 8000),
    systemPrompt: clip(systemPrompt(wording, { persona, locale, rules, samples, topics, offers, boundaries }), 20_000),
    greeting: spoken(wording.greeting(persona)),
    alternateGreetings: [spoken(first), ...others.map(text => clip(text, 2000))],
    talkStyle: {
      tone: clip(persona.tone ?? wording.defaultTone, 500),
      rules,
      catchphrases: persona.catchphrases.slice(0, 20).map(phrase => clip(phrase, 200)),
      avoid: persona.avoid.slice(0, 50).map(item => clip(item, 500)),
    },
    exampleDialogues: exampleDialogues(wording, persona, samples, topics, offers).map(({ user, role }) => ({
      user: clip(user, 2000),
      role: clip(role, 2000),
    })),
    knowledge: topicsOf(sources).map(knowledgeEntry),
    products: offers.flatMap(offer =>
      offer.id === null ? [] : [{ productId: offer.id, pitch: clip(wording.pitch(offer), 4000) }],
    ),
    boundaries,
    tags: tagsOf(persona, topics, offers),
  };
}

function samplesOf({ talkStyle }: GatheredSources): Exchange[] {
  return (talkStyle?.sampleDialogues ?? [])
    .map(({ user, role }) => ({ user: user.trim(), role: role.trim() }))
    .filter(({ user, role }) => user !== '' && role !== '');
}

function knowledgeEntry({ id, title, content, tags }: Topic): RoleProfile['knowledge'][number] {
  const keys = lines([title, ...tags]).slice(0, 20);
  return {
    keys: keys.map(key => clip(key, 200)),
    content: clip(content, 20_000),
    sourceIds: id === null ? [] : [id],
  };
}

/** A name at the least: somewhere to find the role by. */
function tagsOf({ name, occupation }: Persona, topics: Topic[], offers: Offer[]): string[] {
  const candidates = [occupation ?? '', ...topics.flatMap(topic => topic.tags), ...offers.map(offer => offer.name)];
  const tags = new Map<string, string>();
  for (const tag of candidates.map(line))
    if (tag !== null && tag.length <= 60 && !tags.has(tag.toLowerCase())) tags.set(tag.toLowerCase(), tag);
  return tags.size === 0 ? [clip(name, 60)] : [...tags.values()].slice(0, 30);
}

/** With the emoji that the style names, or a smile where it names none; bare where none are wanted. */
function withEmoji(text: string, emoji: Persona['emoji'], gap: string): string {
  if (emoji === true) return `${text}${gap}😊`;
  const named = typeof emoji === 'string' ? /\p{Extended_Pictographic}\uFE0F?/u.exec(emoji)?.[0] : undefined;
  return named === undefined ? text : `${text}${gap}${named}`;
}
