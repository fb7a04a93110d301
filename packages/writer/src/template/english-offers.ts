import { clip, takeFitting } from './clip.ts';
import { capitalised, midSentence, spokenProduct } from './english-phrases.ts';
import type { Offer } from './offers.ts';
import { bare, ended, paragraph } from './punctuation.ts';

/** Shorter than this, an address may stand in a text. UTF-16 units. */
const LONGEST_LINK = { pitch: 1500, line: 300 };

/** How the role would recommend it. */
export function pitch(offer: Offer): string {
  const called = capitalised(spokenProduct(offer.name));
  const description = about(offer);
  const price = offer.price === null ? null : priced(description === null ? called : null, offer.price);
  const more = offer.url !== null && offer.url.length <= LONGEST_LINK.pitch ? `More here: ${offer.url}` : null;
  if (description === null && price === null) return paragraph([`${called} is part of what we offer.`, more], ' ');
  return paragraph([description, price, more], ' ');
}

/** Its facts on one line of Markdown. */
export function productLine({ name, description, sellingPoints, price, url }: Offer): string {
  const head = price === null ? `**${name}**` : `**${name}** (${price.free ? 'free' : price.text})`;
  const points = joined(sellingPoints);
  const text = description === null ? null : ended(clip(description, 400).replace(/\s+/g, ' '), '.');
  const highlights = text === null ? `${capitalised(points)}.` : `Highlights: ${points}.`;
  const body = paragraph([text, points === '' ? null : highlights], ' ');
  const more = url !== null && url.length <= LONGEST_LINK.line ? url : null;
  return paragraph([body === '' ? head : `${head}: ${body}`, more], ' ');
}

/** Description and selling points, with the name before them unless they open with it; null where there are neither. */
function about({ name, description, sellingPoints }: Offer): string | null {
  const points = joined(sellingPoints);
  if (description === null) return points === '' ? null : `${capitalised(spokenProduct(name))}: ${points}.`;
  const text = clip(description, 1200);
  const opened = text.toLowerCase().startsWith(name.toLowerCase()) ? text : `${name}: ${midSentence(text)}`;
  return paragraph([ended(opened, '.'), points === '' ? null : `Highlights: ${points}.`], ' ');
}

function joined(sellingPoints: string[]): string {
  const points = takeFitting(
    sellingPoints.map(point => midSentence(bare(point))),
    600,
    2,
  );
  return points.join(points.some(point => point.includes(',')) ? '; ' : ', ');
}

/** What it costs, naming it where nothing before has. */
function priced(name: string | null, { text, free }: NonNullable<Offer['price']>): string {
  if (free) return name === null ? 'There is no charge for it.' : `${name}: no charge.`;
  return name === null ? `The price is ${text}.` : `${name}: ${text}.`;
}
