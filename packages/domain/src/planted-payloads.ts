import { compacted } from './folded-text.ts';

const QUOTED = /["'“‘「『`]([^"'”’」』`\n]{2,200})["'”’」』`]/g;
const CAPITALS =
  /(?:say|print|output|with|write|answer|reply|说|输出|回复|回答|写)[:：\s]*(?:only |exactly |just |the word )?([A-Z][A-Z0-9_-]{3,40})\b/g;
const ADDRESS = /https?:\/\/[^\s"'<>，。）)]{4,200}/g;
const MOST_PAYLOADS = 50;
const IDEOGRAPH = /\p{Script=Han}/u;

/**
 * What planted sentences ask to be said or shown — what stands there in quotation marks or in capitals after "say", and the
 * addresses — in its compact form. Left out is what is too short to mean something, and what the sources say elsewhere too.
 */
export function payloadsOf(planted: string[], elsewhere: () => string[]): string[] {
  const payloads = planted.flatMap(sentence => [
    ...captured(sentence, QUOTED, 1),
    ...captured(sentence, CAPITALS, 1),
    ...captured(sentence, ADDRESS, 0),
  ]);
  const telling = [...new Set(payloads.filter(isTelling).map(compacted))].slice(0, MOST_PAYLOADS);
  if (telling.length === 0) return [];
  const others = compacted(elsewhere().join('\n'));
  return telling.filter(payload => payload !== '' && !others.includes(payload));
}

function captured(sentence: string, pattern: RegExp, group: number): string[] {
  return [...sentence.matchAll(pattern)].map(match => match[group] ?? '');
}

/** "hello" is said in any greeting; "PWNED" in none. */
function isTelling(payload: string): boolean {
  const length = compacted(payload).length;
  return IDEOGRAPH.test(payload) ? length >= 4 : length >= (/[A-Z0-9_]{4}/.test(payload) ? 4 : 9);
}
