import type { GatheredSources } from '@roleforge/domain';
import { clip } from './clip.ts';

/** How the role addresses people: 您 or 你, "Good day" or "Hi". */
export type Register = 'formal' | 'neutral' | 'casual';

/** Who the role is and how it speaks, cleaned: no field is empty, and what is not known is null or an empty list. */
export type Persona = {
  name: string;
  occupation: string | null;
  /** Null also where the occupation names it already. */
  company: string | null;
  age: number | string | null;
  gender: 'female' | 'male' | { other: string } | null;
  background: string | null;
  goals: string[];
  tone: string | null;
  formality: string | null;
  replyLength: string | null;
  emoji: boolean | string | null;
  catchphrases: string[];
  avoid: string[];
  register: Register;
};

/**
 * @param sources cleaned of invisible characters, which may have left texts empty
 * @param unnamed stands in for a name that was nothing but those
 */
export function personaOf({ baseInfo, talkStyle }: GatheredSources, unnamed: string): Persona {
  const occupation = line(baseInfo.occupation);
  const company = line(baseInfo.company);
  const named = company !== null && occupation?.toLowerCase().includes(company.toLowerCase());
  const tone = line(talkStyle?.tone);
  const formality = line(talkStyle?.formality);
  return {
    name: clip(line(baseInfo.name) ?? unnamed, 80),
    occupation,
    company: named ? null : company,
    age: typeof baseInfo.age === 'number' ? baseInfo.age : line(baseInfo.age),
    gender: genderOf(line(baseInfo.gender)),
    background: baseInfo.background?.trim() || null,
    goals: lines(baseInfo.goals),
    tone,
    formality,
    replyLength: line(talkStyle?.replyLength),
    emoji: typeof talkStyle?.emoji === 'string' ? line(talkStyle.emoji) : (talkStyle?.emoji ?? null),
    catchphrases: lines(talkStyle?.catchphrases),
    avoid: lines(talkStyle?.avoid),
    register: registerOf(`${formality ?? ''} ${tone ?? ''}`),
  };
}

/** Text on one line; null where nothing is left of it. */
export function line(text: string | undefined): string | null {
  return text?.replace(/\s+/g, ' ').trim() || null;
}

/** Each text on one line, without empty ones and repetitions. */
export function lines(texts: readonly string[] | undefined): string[] {
  return [...new Set((texts ?? []).map(line).filter(text => text !== null))];
}

function genderOf(text: string | null): Persona['gender'] {
  if (text === null) return null;
  if (/^(female|woman|girl|f|女|女性|女生|女孩)$/i.test(text)) return 'female';
  if (/^(male|man|boy|m|男|男性|男生|男孩)$/i.test(text)) return 'male';
  return { other: text };
}

const CASUAL =
  /informal|casual|relaxed|chatty|playful|cheeky|buddy|friend\b|不用.?您|用.?你|随意|轻松|口语|闲聊|活泼|俏皮|调皮|朋友|不拘/i;
const FORMAL =
  /\bformal|polite|respectful|courteous|business-?like|professional|您|敬语|敬称|正式|恭敬|尊敬|礼貌|商务|专业/i;

const POLITE_YOU = /(?<!不用.?|别用.?|不说.?|不叫.?)[“"「]您[”"」]/;

/** Casual goes first: "informal" and "不用您" hold the formal words. But who is to be called “您” is, however casual the talk. */
function registerOf(style: string): Register {
  if (POLITE_YOU.test(style)) return 'formal';
  if (CASUAL.test(style)) return 'casual';
  return FORMAL.test(style) ? 'formal' : 'neutral';
}
