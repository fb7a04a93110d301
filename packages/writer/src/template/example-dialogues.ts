import { clip } from './clip.ts';
import type { Offer, Topic } from './offers.ts';
import type { Persona } from './persona.ts';
import type { Exchange, Wording } from './wording.ts';

/** Of 20 that a profile takes. */
const COUNT = { samples: 13, topics: 3, products: 2 };

/** The tenant's own exchanges first; then some on who the role is, what it knows, what it offers and what it is not. */
export function exampleDialogues(
  wording: Wording,
  persona: Persona,
  samples: Exchange[],
  topics: Topic[],
  offers: Offer[],
): Exchange[] {
  const room = isShort(persona.replyLength) ? wording.replyRoom.short : wording.replyRoom.plain;
  const described = offers.filter(offer => offer.description ?? offer.price ?? offer.sellingPoints[0]);
  return [
    ...samples.slice(0, COUNT.samples),
    wording.whoIsThis(persona),
    ...topics.slice(0, COUNT.topics).map(({ title, content }) => ({
      user: wording.askAbout(title),
      role: answer(content, room, wording),
    })),
    ...described.slice(0, COUNT.products).map(offer => ({
      user: wording.askProduct(offer),
      role: clip(wording.pitch(offer), wording.replyRoom.plain),
    })),
    wording.askedIfHuman(persona),
  ];
}

/** What is left off must be worth a second reply: the last sentence is often the warning. */
const OVERRUN = 1.5;

/** As much of the content as one says at once, and the offer to go on where that was not all. */
function answer(content: string, room: number, { goOn, gap }: Wording): string {
  if (content.length <= room * OVERRUN) return content;
  const said = clip(content, room);
  return `${said}${said.includes('\n') ? '\n' : gap}${goOn}`;
}

function isShort(replyLength: string | null): boolean {
  return replyLength !== null && /short|brief|concise|one sentence|短|简|一两句/i.test(replyLength);
}
