import type { Persona } from './persona.ts';
import { bare, ended } from './punctuation.ts';

/** “小满茶铺的店长”；只有单位时“来自……”；都没有则为空。 */
export function position({ occupation, company }: Persona): string {
  if (occupation === null) return company === null ? '' : `来自${bare(company)}`;
  return company === null ? bare(occupation) : `${bare(company)}的${withoutOverlap(bare(company), bare(occupation))}`;
}

/** “坡上茶铺”的“茶铺导购”，说成“坡上茶铺的导购”；职务不能因此一字不剩。 */
function withoutOverlap(company: string, occupation: string): string {
  for (let length = Math.min(company.length, occupation.length - 2); length >= 2; length -= 1)
    if (company.endsWith(occupation.slice(0, length))) return occupation.slice(length);
  return occupation;
}

/** “茶小满，小满茶铺的店长”；没有身份时只有名字。 */
export function introduced(persona: Persona): string {
  return listedParts(persona.name, position(persona));
}

/** “茶小满，女，28岁，小满茶铺的店长。”；只知道名字时为空。 */
export function described(persona: Persona): string {
  const what = position(persona);
  const details = ageAndGender(persona);
  if (details.length > 0) return ended(listedParts(persona.name, ...details, what), '。');
  if (what === '') return '';
  return ended(persona.occupation === null ? `${persona.name}${what}` : `${persona.name}是${what}`, '。');
}

export function ageAndGender({ age, gender }: Persona): string[] {
  const sex = gender === 'female' ? '女' : gender === 'male' ? '男' : gender === null ? '' : gender.other;
  const years = age === null ? '' : typeof age === 'number' ? `${age}岁` : age;
  return [sex, years].filter(part => part !== '');
}

export function listedParts(...parts: string[]): string {
  return parts.filter(part => part !== '').join('，');
}

/** 短的语气接在“说话”后面；长的、成句的另起一句。 */
export function describedTone(name: string, tone: string): string {
  const manner = short(tone);
  if (manner === null) return ended(`${name}说话的样子：${tone}`, '。');
  return ended(startsWithSpeech(manner) ? `${name}${manner}` : `${name}说话${manner}`, '。');
}

/** 同上，写成要求：“语气亲切温和。” */
export function instructedTone(tone: string): string {
  const manner = short(tone);
  if (manner === null) return ended(tone, '。');
  return ended(startsWithSpeech(manner) ? manner : `语气${manner}`, '。');
}

function short(tone: string): string | null {
  const manner = bare(tone).replace(/的?(语气|口吻|风格|语调)$/, '');
  return manner === '' || manner.length > 40 || /[。！？；：]/.test(manner) ? null : manner;
}

function startsWithSpeech(manner: string): boolean {
  return /^(说话|语气|口吻|语调|讲话|用|以)/.test(manner);
}

export function isQuestion(title: string): boolean {
  return /[?？]$|怎么|怎样|如何|什么|为何|哪|多少|多久|几[个天点岁次]|吗$|能不能|可不可以|是不是/.test(title);
}
