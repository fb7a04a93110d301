import { isField, midSentence, midSentenceOccupation, withArticle } from './english-phrases.ts';
import type { Persona } from './persona.ts';
import { bare, ended, paragraph } from './punctuation.ts';

/** Name and place: "Mira, a tea adviser at Green Gate Tea", "Vega from customer support at …", or the name alone. */
export function introduced(persona: Persona): string {
  const what = position(persona);
  if (what === '') return persona.name;
  return what.startsWith('from ') ? `${persona.name} ${what}` : `${persona.name}, ${what}`;
}

/** "a tea adviser at Green Gate Tea", "from customer support at …", "from Green Gate Tea", or nothing. */
export function position({ occupation, company }: Persona): string {
  const at = company === null ? '' : ` at ${bare(company)}`;
  if (occupation === null) return company === null ? '' : `from ${bare(company)}`;
  const what = bare(occupation);
  return isField(what) ? `from ${midSentence(what)}${at}` : `${withArticle(midSentenceOccupation(what))}${at}`;
}

/** "Mira, 34, is a tea adviser at Green Gate Tea." Empty where no more is known than the name. */
export function described(persona: Persona): string {
  const { name, age } = persona;
  const what = position(persona);
  if (what === '')
    return age === null ? '' : ended(typeof age === 'number' ? `${name} is ${age}` : `${name}, ${age}`, '.');
  const subject = age === null ? name : `${name}, ${age},`;
  if (persona.occupation === null) return ended(`${subject} is ${what}`, '.');
  return ended(
    what.startsWith('from ') ? `${subject} works in ${what.slice('from '.length)}` : `${subject} is ${what}`,
    '.',
  );
}

/** "She", "He", or nothing: a sketch may go on without a subject. */
export function pronounOf({ gender }: Persona): string {
  return gender === 'female' ? 'She' : gender === 'male' ? 'He' : '';
}

/** "You are a 34-year-old woman.", or whatever of it is known. */
export function ageAndGender({ age, gender }: Persona): string | null {
  const young = typeof age === 'number' && age < 18;
  const noun = gender === 'female' ? (young ? 'girl' : 'woman') : gender === 'male' ? (young ? 'boy' : 'man') : null;
  if (typeof age === 'number' && noun !== null) return `You are ${withArticle(`${age}-year-old ${noun}`)}.`;
  const years =
    typeof age === 'number' ? `You are ${age} years old.` : age === null ? null : ended(`Your age: ${age}`, '.');
  const other = gender !== null && typeof gender === 'object' ? ended(`Your gender: ${gender.other}`, '.') : null;
  return paragraph([noun === null ? null : `You are a ${noun}.`, years, other], ' ') || null;
}
