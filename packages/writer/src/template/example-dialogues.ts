import { clip } from './clip.ts';
import type { Offer, Topic } from './offers.ts';
import type { Persona } from './persona.ts';
import type { Exchange, Wording } from './wording.ts';

/** Of 20 that a profile takes. */
const COUNT = { samples: 14, topics: 3, products: 2 };
/** About what one reads in a chat bubble, in UTF-16 units. */
const REPLY = { plain: 400, short: 160 };

/** The tenant's own exchanges first; then one for what the role knows, what it offers and what it is. */
export function exampleDialogues(
  wording: Wording,
  persona: Persona,
  samples: Exchange[],
  topics: Topic[],
  offers: Offer[],
): Exchange[] {
  const room = isShort(persona.replyLength) ? REPLY.short : REPLY.plain;
  const described = offers.filter(offer => offer.description ?? offer.price ?? offer.sellingPoints[0]);
  return [
    ...samples.slice(0, COUNT.samples),
    ...topics.slice(0, COUNT.topics).map(({ title, content }) => ({
      user: wording.askAbout(title),
      role: answer(content, room, wording),
    })),
    ...described.slice(0, COUNT.products).map(offer => ({
      user: wording.askProduct(offer),
      role: clip(wording.pitch(offer), REPLY.plain),
    })),
    wording.askedIfHuman(persona),
  ];
}

function answer(content: string, room: number, { goOn, language }: Wording): string {
  const said = clip(content, room);
  if (said.length === content.trim().length) return said;
  return `${said}${language === 'zh' ? '' : ' '}${goOn}`;
}

function isShort(replyLength: string | null): boolean {
  return (
    replyLength !== null && /short|brief|concise|one sentence|two sentences|短|简|一两句|两三句/i.test(replyLength)
  );
}
