/** "a", "an", or nothing where the noun has its own: by the first sound, as well as spelling tells it. */
export function withArticle(noun: string): string {
  const first = noun.split(/[\s-]/)[0] ?? '';
  if (/^(a|an|the|my|our|your|his|her|their|one)$/i.test(first) || /['’]s$/.test(first)) return noun;
  if (/^(head|chief|director|president|founder|co|owner|ceo|cto|cfo|coo|cmo)$/i.test(first)) return `the ${noun}`;
  return `${startsWithVowel(first) ? 'an' : 'a'} ${noun}`;
}

function startsWithVowel(word: string): boolean {
  if (/^[A-Z]{2,4}$/.test(word)) return /^[AEFHILMNORSX]/.test(word);
  if (/^\d/.test(word)) return /^(8\d*|11|18)$/.test(word);
  if (/^(hour|honest|honou?r|heir)/i.test(word)) return true;
  return /^[aeiou]/i.test(word) && !/^(uni(?!n|m)|use|usu|eu|one|once|ut[ie])/i.test(word);
}

export function withoutArticle(noun: string): string {
  return noun.replace(/^(an?|the) (?=\S)/i, '');
}

const FIELDS =
  /\b(service|services|support|sales|marketing|engineering|consulting|reception|logistics|hr|operations)$/i;

/** Whether it names a field that one works in ("customer service") and not what one is ("adviser"). */
export function isField(occupation: string): boolean {
  return FIELDS.test(occupation) && !/\b(head|chief|director|manager|of)\b/i.test(occupation);
}

const COMMON_FIRST_WORDS =
  /^([a-z]+ing|our|the|a|an|your|about|how|what|when|where|why|which|who|can|do|does|is|are|delivery|deliveries|returns?|refunds?|payments?|prices?|warranty|guarantees?|contact|care|storage|orders?|membership|gifts?|free|basics?|tips|policy|policies|frequently|common|general|store|shop|sizes?|health|medical|legal|political|politics|religion|personal|competitors?|slang|jargon|technical|water|tea|coffee|safety|exam|study|homework|training|hype)$/i;

/** A text as it stands within a sentence: a small first letter where the word is surely no name. */
export function midSentence(text: string): string {
  const first = text.split(/[\s:,]/)[0] ?? '';
  return COMMON_FIRST_WORDS.test(first) ? uncapitalised(text) : text;
}

const PROPER_FIRST_WORD =
  /(an|ish|ese)$|^(french|dutch|greek|welsh|swiss|czech|thai|hindi|arabic|latin|java|linux|windows|mac|excel|pilates|michelin|olympic|zen)$/i;

/** An occupation in sentence case ("Running coach") as it stands within a sentence; other capitals are kept. */
export function midSentenceOccupation(occupation: string): string {
  const [first = '', ...rest] = occupation.split(' ');
  const sentenceCase = /^[A-Z][a-z]+(-[a-z]+)*$/.test(first) && rest.every(word => !/[A-Z]/.test(word));
  return sentenceCase && !PROPER_FIRST_WORD.test(first) ? uncapitalised(occupation) : occupation;
}

const SINGULAR_LAST_WORDS =
  /\b(policy|plan|warranty|guarantee|menu|schedule|timetable|programme|program|process|procedure|guide|list|history|story|address|team|shop|store|method)$/i;

/** The title of a note as one speaks of it: "brewing green tea", "the returns policy". */
export function spokenTitle(title: string): string {
  const text = midSentence(title);
  const bareNoun = SINGULAR_LAST_WORDS.test(text) && !/^(a|an|the|my|our|your|how|what|[a-z]+ing)\b/i.test(text);
  return bareNoun ? `the ${text}` : text;
}

/** What stands on the shop's side of a title, seen from the customer's: "your headphones" are mine, "our policy" is yours. */
export function fromTheOtherSide(text: string): string {
  return text.replace(/\b(your|our|my)\b/gi, word => (word.toLowerCase() === 'your' ? 'my' : 'your'));
}

/** A product as one speaks of it: "Longjing", but "the N2 headphones". */
export function spokenProduct(name: string): string {
  const common = /\s[a-z]\S*$/.test(name) && !/^(a|an|the|our|your|my)\b/i.test(name);
  return common ? `the ${name}` : name;
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export function isQuestion(text: string): boolean {
  return /[?？]$/.test(text) || /^(how|what|when|where|why|which|who|can|do|does|is|are|should)\b/i.test(text);
}

const VERBS_TO_AVOID =
  /^(use|make|give|say|talk|discuss|mention|offer|promise|recommend|compare|criticise|criticize|push|pressure|be|ask|share|reveal|tell|speak|swear|curse|exaggerate|lie|guess|invent|joke|argue|sell|quote|claim|diagnose|prescribe|sound|repeat|overuse|lecture|judge|answer|write|reply|apologise|apologize|comment|spoil|do|break|mock|rush|hand)\b/i;

export function startsWithVerb(text: string): boolean {
  return VERBS_TO_AVOID.test(text);
}

/** "a", "a and b", "a, b and c". */
export function listed(items: string[], last = 'and'): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}
