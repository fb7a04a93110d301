import { clip, takeFitting } from './clip.ts';
import type { Offer, Topic } from './offers.ts';
import type { Persona } from './persona.ts';
import type { Exchange, Wording } from './wording.ts';

/** UTF-16 units; RoleProfile takes 20,000. */
const PROMPT_ROOM = 19_900;
const ROOM = { background: 2_500, goals: 1_200, products: 3_500, boundaries: 2_200, sampleLine: 300, titles: 500 };
const SAMPLES = 3;
/** Below this much room for each, some topics go without notes so that the others stay useful. */
const LEAST_NOTES = 600;

export type PromptParts = {
  persona: Persona;
  locale: string;
  rules: string[];
  samples: Exchange[];
  topics: Topic[];
  offers: Offer[];
  boundaries: string[];
};

/** Instructions to paste as they are: short sections in Markdown. What is known gets the room that the others leave. */
export function systemPrompt(wording: Wording, parts: PromptParts): string {
  const { headings } = wording;
  const { persona, locale, rules, samples, topics, offers, boundaries } = parts;
  const { occupation, company, goals } = persona;
  const aimless = (occupation ?? company ?? goals[0] ?? topics[0] ?? offers[0]) === undefined;
  const before = [
    wording.promptLead(persona, locale),
    aimless ? wording.openEnded : null,
    section(headings.background, persona.background === null ? null : clip(persona.background, ROOM.background)),
    section(headings.goals, bullets(takeFitting(persona.goals, ROOM.goals, 3))),
    section(headings.speech, bullets(rules)),
    section(
      headings.samples,
      samples
        .slice(0, SAMPLES)
        .map(sample => quoted(sample, wording))
        .join('\n\n'),
    ),
  ];
  const after = [
    section(headings.products, productNotes(wording, offers)),
    section(headings.boundaries, bullets(takeFitting(boundaries, ROOM.boundaries, 3))),
  ];
  const taken = [...before, ...after].reduce((sum, part) => sum + (part?.length ?? 0) + 2, headings.knowledge.length);
  const known = section(headings.knowledge, knowledgeNotes(wording, topics, PROMPT_ROOM - taken - 10));
  return [...before, known, ...after].filter(part => part !== null).join('\n\n');
}

function section(heading: string, body: string | null): string | null {
  return body === null || body === '' ? null : `## ${heading}\n${body}`;
}

function bullets(items: string[]): string {
  return items.map(item => `- ${item}`).join('\n');
}

function quoted({ user, role }: Exchange, { speakers, colon }: Wording): string {
  const said = (who: string, text: string) => `> ${who}${colon}${clip(text, ROOM.sampleLine).replace(/\s+/g, ' ')}`;
  return `${said(speakers.user, user)}\n${said(speakers.role, role)}`;
}

/** As many notes as fit, the weightier first; the titles of the others, so that the role knows what it lacks. */
function knowledgeNotes(wording: Wording, topics: Topic[], room: number): string | null {
  if (topics.length === 0) return null;
  const forNotes = room - wording.knowledgeIntro.length - ROOM.titles - wording.moreTopics([]).length;
  const each = Math.max(LEAST_NOTES, Math.floor(forNotes / topics.length) - 10);
  const notes = takeFitting(
    topics.map(({ title, content }) => clip(`### ${title}\n${content}`, each)),
    forNotes,
    2,
  );
  const left = topics.slice(notes.length).map(topic => topic.title);
  const rest = left.length === 0 ? [] : [wording.moreTopics(takeFitting(left, ROOM.titles, 1))];
  return [wording.knowledgeIntro, ...notes, ...rest].join('\n\n');
}

function productNotes(wording: Wording, offers: Offer[]): string | null {
  if (offers.length === 0) return null;
  const shown = takeFitting(offers.map(wording.productLine), ROOM.products, 3);
  const left = offers.slice(shown.length).map(offer => offer.name);
  const rest = left.length === 0 ? [] : ['', wording.moreProducts(takeFitting(left, ROOM.titles, 1))];
  return [wording.productsIntro, '', bullets(shown), ...rest].join('\n');
}
