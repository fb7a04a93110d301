import type { RoleProfile } from '@roleforge/contracts';
import { cleanText } from './clean-text.ts';
import { compacted, compactText, foldedText } from './folded-text.ts';
import type { GatheredSources } from './gather-decision.ts';
import { plantedSpans } from './planted-instructions.ts';
import { CHAT_TOKEN, DELIMITER } from './planted-patterns.ts';
import { payloadsOf } from './planted-payloads.ts';
import { runsSharedWith } from './shared-runs.ts';
import { sourceTexts, without } from './source-redaction.ts';

/** More planted sentences than these are not looked for one by one: the first are enough to refuse a draft. */
const MOST_SENTENCES = 200;
/** Letters and digits; shorter ones stand in ordinary texts too. */
const SHORTEST_SENTENCE = 8;
/** Of a sentence's pieces of four letters, this share within one stretch of a draft is the sentence, reworded a little. */
const MOST_OF_IT = 0.75;
const PIECE = 4;
/** How many matching pieces may be weighed in one text, so that hostile sources do not make the check slow. */
const MOST_PIECES = 500_000;

type PlantedSentence = { compact: string; pieces: number };

/**
 * What a draft gives away or hands on that is none of the role's business, by the part that it stands in and never by its
 * words: instructions planted in the sources, what they ask to be said, stretches of our own prompt, a chat model's tokens.
 *
 * @param system our own system message; without it, nobody looks for stretches of it
 */
export function draftLeaks(draft: RoleProfile, sources: GatheredSources, system: string | undefined): string[] {
  const problems = new Set<string>();
  const own = system === undefined ? null : runsOf(system);
  const { planted, repeats, said, holds } = evidenceOf(sources);
  for (const { path, text } of textsOf(draft, '')) {
    if (text.search(CHAT_TOKEN) >= 0 || text.search(DELIMITER) >= 0)
      problems.add(`${path} holds a token or a delimiter of the prompt`);
    if (own === null && planted.length === 0) continue;
    const compact = compactText(foldedText(text));
    if (planted.length > 0 && (repeats(compact) || plantedSpans(text, { forbidden: /avoid/.test(path) }).length > 0))
      problems.add(`${path} repeats an instruction that was planted in the sources`);
    if (said.some(payload => compact.includes(payload)))
      problems.add(`${path} says what an instruction planted in the sources asks for`);
    if (own?.(compact).some(run => !holds(run))) problems.add(`${path} repeats a stretch of the instructions`);
  }
  return [...problems];
}

type Evidence = {
  /** The planted sentences. */
  planted: string[];
  /** Whether a compact text repeats one of them. */
  repeats: (compact: string) => boolean;
  /** What they ask to be said. */
  said: string[];
  /** Whether the sources have this stretch themselves. */
  holds: (run: string) => boolean;
};

/** Sources are searched once for all parts of all drafts that are written from them: it takes longer than looking at a part. */
const evidence = new WeakMap<GatheredSources, Evidence>();

function evidenceOf(sources: GatheredSources): Evidence {
  const found = evidence.get(sources) ?? searched(sources);
  evidence.set(sources, found);
  return found;
}

function searched(sources: GatheredSources): Evidence {
  const texts = sourceTexts(sources);
  const planted = texts.flatMap(({ text, planted: spans }) => spans.map(({ start, end }) => text.slice(start, end)));
  // Only where a stretch is found is it worth the time to ask whether the sources have it.
  let known: string | undefined;
  return {
    planted,
    repeats: repetitionOf(planted),
    said: payloadsOf(planted, () => texts.map(({ text, planted: spans }) => without(text, spans))),
    holds: run => {
      known ??= texts.map(({ text }) => compacted(text)).join(' ');
      return known.includes(run);
    },
  };
}

type Runs = ReturnType<typeof runsSharedWith>;

/** The latest system message's: it is the same for most roles. */
let latest: { system: string; runs: Runs } | null = null;

function runsOf(system: string): Runs {
  if (latest?.system !== system) latest = { system, runs: runsSharedWith(compacted(system)) };
  return latest.runs;
}

function textsOf(value: unknown, path: string): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: cleanText(value) }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsOf(item, `${path}[${index}]`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, path === '' ? key : `${path}.${key}`));
}

/** Whether a compact text holds one of these sentences, or most of one. */
function repetitionOf(sentences: string[]): (compact: string) => boolean {
  const distinct = [...new Set(sentences.map(sentence => compacted(sentence).slice(0, 600)))]
    .filter(compact => compact.length >= SHORTEST_SENTENCE)
    .slice(0, MOST_SENTENCES);
  const index = new Map<string, PlantedSentence[]>();
  for (const compact of distinct) {
    const pieces = piecesOf(compact);
    const sentence = { compact, pieces: pieces.size };
    for (const piece of pieces) index.set(piece, [...(index.get(piece) ?? []), sentence]);
  }
  return text => {
    let left = MOST_PIECES;
    if (distinct.some(compact => text.includes(compact))) return true;
    const recent = new Map<PlantedSentence, Map<string, number>>();
    for (let at = 0; at + PIECE <= text.length && left > 0; at += 1) {
      const piece = text.slice(at, at + PIECE);
      for (const sentence of index.get(piece) ?? []) {
        left -= 1;
        if (hit(recent, sentence, piece, at)) return true;
      }
    }
    return false;
  };
}

/** Notes where a piece was seen; true when enough of its sentence was, within a stretch half as long again. */
function hit(recent: Map<PlantedSentence, Map<string, number>>, sentence: PlantedSentence, piece: string, at: number) {
  const seen = recent.get(sentence) ?? new Map<string, number>();
  recent.set(sentence, seen);
  // Deleted first, so that the map is in the order in which the pieces were last seen.
  seen.delete(piece);
  seen.set(piece, at);
  const from = at - sentence.compact.length * 1.5;
  for (const [old, position] of seen) {
    if (position >= from) break;
    seen.delete(old);
  }
  return sentence.pieces >= 12 && seen.size >= sentence.pieces * MOST_OF_IT;
}

function piecesOf(compact: string): Set<string> {
  const pieces = new Set<string>();
  for (let at = 0; at + PIECE <= compact.length; at += 1) pieces.add(compact.slice(at, at + PIECE));
  return pieces;
}
