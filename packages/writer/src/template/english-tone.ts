import { listed, midSentence, uncapitalised } from './english-phrases.ts';
import { bare, ended } from './punctuation.ts';

const SPEAKING = /^(speak|talk|use|sound|keep|call|address|chat|answer|explain|write|tell|joke|stay)(e?s)?\b/i;

/** How somebody speaks, in the third person: "Mira comes across as warm.", "She speaks slowly."; the subject may be empty. */
export function describedTone(subject: string, name: string, tone: string): string {
  const [, verb] = SPEAKING.exec(tone) ?? [];
  if (verb !== undefined) {
    const third = /(ss|sh|ch)$/i.test(verb) ? `${verb}es` : `${verb}s`;
    return ended(`${subject} ${uncapitalised(tone.replace(SPEAKING, third))}`, '.');
  }
  const manner = plain(tone);
  if (isManner(manner)) return ended(`${subject} comes across as ${midSentence(manner)}`, '.');
  return ended(`How ${name} speaks: ${tone}`, '.');
}

/** The same as an instruction: "Sound warm.", "Speak slowly." */
export function instructedTone(tone: string): string {
  const [, verb] = SPEAKING.exec(tone) ?? [];
  if (verb !== undefined) return ended(tone.replace(SPEAKING, verb), '.');
  const manner = plain(tone);
  return isManner(manner) ? ended(`Sound ${midSentence(manner)}`, '.') : ended(tone, '.');
}

/** "warm tone" → "warm", "upbeat, playful" → "upbeat and playful": fit to follow "sounds". */
function plain(tone: string): string {
  const manner = bare(tone).replace(/\s+(tone|style|voice|manner)$/i, '');
  return /^[\w-]+(, [\w-]+)+$/.test(manner) ? listed(manner.split(', ')) : manner;
}

/** Adjectives, or a thing to sound like, rather than a sentence. */
function isManner(tone: string): boolean {
  return (
    tone.length <= 80 &&
    !/[.!?;:]/.test(tone) &&
    !/^(be|always|never|with|in|on|you|he|she|they|it|don['’]t|do|no)\b/i.test(tone)
  );
}
