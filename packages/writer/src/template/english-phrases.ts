/** "a", "an", or nothing where the noun has its own: by the first sound, as well as spelling tells it. */
export function withArticle(noun: string): string {
  const first = noun.split(/[\s-]/)[0] ?? '';
  if (/^(a|an|the|my|our|your|his|her|their|one)$/i.test(first) || /['’]s$/.test(first)) return noun;
  if (/^(head|chief|director|president|founder|co-founder|owner|ceo|cto|cfo|coo|cmo)$/i.test(noun.split(/\s/)[0] ?? ''))
    return `the ${noun}`;
  return `${startsWithVowel(first) ? 'an' : 'a'} ${noun}`;
}

function startsWithVowel(word: string): boolean {
  if (/^[A-Z]{2,4}$/.test(word)) return /^[AEFHILMNORSX]/.test(word);
  if (/^\d/.test(word)) return /^(8\d*|11|18)$/.test(word);
  if (/^(hour|honest|honou?r|heir)/i.test(word)) return true;
  return /^[aeiou]/i.test(word) && !/^(uni(?!n|m)|use|usu|eu|one|once|ut[ie])/i.test(word);
}

const FIELDS =
  /\b(service|services|support|sales|marketing|engineering|consulting|reception|logistics|hr|operations)$/i;

/** Whether it names a field that one works in ("customer service") and not what one is ("adviser"). */
export function isField(occupation: string): boolean {
  return FIELDS.test(occupation) && !/\b(head|chief|director|manager|of)\b/i.test(occupation);
}

const COMMON_FIRST_WORDS =
  /^([a-z]+ing|our|the|a|an|your|about|how|what|when|where|why|which|who|can|do|does|is|are|delivery|deliveries|returns?|refunds?|payments?|prices?|warranty|guarantees?|contact|care|storage|orders?|membership|gifts?|free|basics?|tips|policy|policies|frequently|common|general|store|shop|size|sizes|health|medical|legal|political|politics|religion|personal|competitors?|slang|jargon|technical|water|tea|coffee|safety|exam|study|homework|training)$/i;

/** A title as it stands within a sentence: a small first letter where the word is surely no name. */
export function midSentence(text: string): string {
  const first = text.split(/[\s:,]/)[0] ?? '';
  return COMMON_FIRST_WORDS.test(first) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function isQuestion(text: string): boolean {
  return /[?？]$/.test(text) || /^(how|what|when|where|why|which|who|can|do|does|is|are|should)\b/i.test(text);
}

const BARE_VERBS =
  /^(use|make|give|say|talk|discuss|mention|offer|promise|recommend|compare|criticise|criticize|push|pressure|be|ask|share|reveal|tell|speak|swear|curse|exaggerate|lie|guess|invent|joke|argue|sell|quote|claim|diagnose|prescribe|sound|repeat|overuse|lecture|judge|answer|write|reply|apologise|apologize|comment|spoil|do|break|mock|rush|hand)\b/i;

export function startsWithVerb(text: string): boolean {
  return BARE_VERBS.test(text);
}

/** Whether "sounds …" may go before it: adjectives, or a thing to sound like, rather than a sentence. */
export function isManner(tone: string): boolean {
  return (
    tone.length <= 80 &&
    !/[.!?;:]/.test(tone) &&
    !/^(speaks?|talks?|uses?|sounds?|be|keeps?|always|never|with|in|on|you|he|she|they|it|don't|do|no|addresses|calls)\b/i.test(
      tone,
    )
  );
}

/** "a", "a and b", "a, b and c". */
export function listed(items: string[], last = 'and'): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}
