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
/** Plain letters of these stay as they are, so that a Chinese text is not looked at letter by letter. */
const IDEOGRAPHS = '\\u4e00-\\u9fff';
const HANGUL = '\\uac00-\\ud7a3';
const ODD_IDEOGRAPHS = [...FOLDED_CHARACTERS.keys()].filter(character => /[\u4e00-\u9fff]/.test(character)).join('');
const CAPITALS = /[A-Z]+/g;
/** What is folded one by one, beside capitals. */
const FOLDING = new RegExp(`[^\\0-\\x7f${IDEOGRAPHS}${HANGUL}]|[${ODD_IDEOGRAPHS}]`, 'gu');

const WRITTEN_FOR_LETTERS = /[013457@$]/g;
const NO_LETTER_OR_DIGIT = /[^\p{L}\p{N}@$]+/gu;
const LETTER_OR_DIGIT = /[\p{L}\p{N}@$]/u;

/** Folded beforehand: general, ideographic and full-width punctuation and forms, of which a Chinese text is full. */
const OFTEN = new Map(
  [
    [0x2000, 0x206f],
    [0x3000, 0x303f],
    [0xff00, 0xffef],
  ].flatMap(([first = 0, last = 0]) =>
    Array.from({ length: last - first + 1 }, (_, offset) => {
      const character = String.fromCharCode(first + offset);
      return [character, foldedAlone(character)] as const;
    }),
  ),
);

/** Lower case, without marks on the letters, every look-alike the letter that it passes for. Spaces and signs stay. */
export function foldedText(original: string): string {
  return original.replace(CAPITALS, capitals => capitals.toLowerCase()).replace(FOLDING, foldedCharacter);
}

/** Of a folded text the letters and digits alone, leetspeak undone: nothing that is put between the letters of a word hides it. */
export function compactText(folded: string): string {
  return folded.replace(NO_LETTER_OR_DIGIT, '').replace(WRITTEN_FOR_LETTERS, sign => LEET[sign] as string);
}

/** The compact form of a text for comparisons. */
export function compacted(text: string): string {
  return compactText(foldedText(cleanText(text)));
}

/** Where in the original each UTF-16 unit of its folded text comes from; one more says where the original ends. */
export function placesFolded(original: string): Uint32Array {
  return places(original, character => foldedCharacter(character).length);
}

/** Where in a folded text each UTF-16 unit of its compact text comes from; one more says where the folded text ends. */
export function placesCompact(folded: string): Uint32Array {
  return places(folded, character => (LETTER_OR_DIGIT.test(character) ? character.length : 0));
}

/** @param unitsOf how many UTF-16 units become of a character */
function places(text: string, unitsOf: (character: string) => number): Uint32Array {
  const at: number[] = [];
  let index = 0;
  for (const character of text) {
    for (let unit = unitsOf(character); unit > 0; unit -= 1) at.push(index);
    index += character.length;
  }
  at.push(text.length);
  return Uint32Array.from(at);
}

function foldedCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x80) return code >= 0x41 && code <= 0x5a ? character.toLowerCase() : character;
  const alike = FOLDED_CHARACTERS.get(character);
  if (alike !== undefined) return alike;
  if (isIdeograph(code) || (code >= 0xac00 && code <= 0xd7a3)) return character;
  return OFTEN.get(character) ?? foldedAlone(character);
}

function foldedAlone(character: string): string {
  const folded = [...character.normalize('NFKD').toLowerCase()].filter(piece => !COMBINING.test(piece));
  return folded.map(piece => FOLDED_CHARACTERS.get(piece) ?? piece).join('');
}

function isIdeograph(code: number): boolean {
  return code >= 0x4e00 && code <= 0x9fff;
}
