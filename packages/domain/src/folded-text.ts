import { cleanText } from './clean-text.ts';

/** Letters that look like Latin ones, by the letter that they look like; and traditional characters by their simplified ones. */
const LOOKALIKES: Record<string, string> = {
  a: 'аαᴀ',
  b: 'вβʙ',
  c: 'сϲᴄ',
  d: 'ԁᴅ',
  e: 'еєεᴇ',
  f: 'ғꜰ',
  g: 'ɡɢ',
  h: 'һнʜ',
  i: 'іιıɪ',
  j: 'јᴊ',
  k: 'кκᴋ',
  l: 'ӏʟ',
  m: 'мᴍ',
  n: 'пηɴ',
  o: 'оοσᴏ',
  p: 'рρᴘ',
  q: 'ԛ',
  r: 'гʀ',
  s: 'ѕꜱ',
  t: 'тτᴛ',
  u: 'υᴜ',
  v: 'νѵᴠ',
  w: 'ԝωᴡ',
  x: 'хχ',
  y: 'уγʏ',
  z: 'ᴢ',
  无: '無',
  视: '視',
  记: '記',
  词: '詞',
  统: '統',
  则: '則',
  设: '設',
  约: '約',
  输: '輸',
  复: '復覆',
  泄: '洩',
  显: '顯',
  现: '現',
  开: '開',
  说: '說',
  隐: '隱',
  规: '規',
  个: '個',
  与: '與',
  这: '這',
  内: '內',
  发: '發',
  请: '請',
  总: '總',
  译: '譯',
  给: '給',
  诉: '訴',
  会: '會',
  进: '進',
  变: '變',
  写: '寫',
  员: '員',
  绝: '絕',
  应: '應',
  该: '該',
  别: '別',
  从: '從',
  话: '話',
  过: '過',
  没: '沒',
};
const FOLDED_CHARACTERS = new Map(
  Object.entries(LOOKALIKES).flatMap(([plain, alike]) => [...alike].map(character => [character, plain] as const)),
);

/** Digits and signs written for letters: "1gn0re". */
const LEET: Record<string, string> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's' };

const COMBINING = /\p{M}/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** A text as it is compared, and where in the original each of its UTF-16 units comes from; `at` ends with the length. */
export type Traced = { text: string; at: Uint32Array };

/** Lower case, without marks on the letters, every look-alike the letter that it passes for. Spaces and signs stay. */
export function foldedText(original: string): Traced {
  const pieces: string[] = [];
  const at: number[] = [];
  let index = 0;
  for (const character of original) {
    const folded = foldedCharacter(character);
    for (let unit = 0; unit < folded.length; unit += 1) at.push(index);
    pieces.push(folded);
    index += character.length;
  }
  at.push(original.length);
  return { text: pieces.join(''), at: Uint32Array.from(at) };
}

/** Letters and digits alone, leetspeak undone: nothing that is put between the letters of a word hides it. */
export function compactText({ text, at }: Traced): Traced {
  const pieces: string[] = [];
  const kept: number[] = [];
  let index = 0;
  for (const character of text) {
    const plain = LEET[character] ?? (isWordly(character) ? character : '');
    if (plain !== '') {
      for (let unit = 0; unit < plain.length; unit += 1) kept.push(at[index] ?? 0);
      pieces.push(plain);
    }
    index += character.length;
  }
  kept.push(at.at(-1) ?? 0);
  return { text: pieces.join(''), at: Uint32Array.from(kept) };
}

/** The compact form of a text for comparisons. */
export function compacted(text: string): string {
  return compactText(foldedText(cleanText(text))).text;
}

function isWordly(character: string): boolean {
  const code = character.charCodeAt(0);
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
  return isIdeograph(code) || LETTER_OR_DIGIT.test(character);
}

function isIdeograph(code: number): boolean {
  return code >= 0x4e00 && code <= 0x9fff;
}

function foldedCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x80) return code >= 0x41 && code <= 0x5a ? character.toLowerCase() : character;
  const alike = FOLDED_CHARACTERS.get(character);
  if (alike !== undefined) return alike;
  if (isIdeograph(code) || (code >= 0xac00 && code <= 0xd7a3)) return character;
  const folded = [...character.normalize('NFKD').toLowerCase()].filter(piece => !COMBINING.test(piece));
  return folded.map(piece => FOLDED_CHARACTERS.get(piece) ?? piece).join('');
}
