import type { GatheredSources } from '@roleforge/domain';
import { line, lines } from './persona.ts';
import { formatPrice } from './price.ts';

/** A knowledge item, cleaned. */
export type Topic = { id: string | null; title: string; content: string; tags: string[] };

/** A product, cleaned. `price` is as it is shown. */
export type Offer = {
  id: string | null;
  name: string;
  description: string | null;
  sellingPoints: string[];
  price: { text: string; free: boolean; inCurrency: boolean } | null;
  url: string | null;
};

/** The knowledge items in their own order, without those of which cleaning left nothing. */
export function topicsOf({ knowledge }: GatheredSources): Topic[] {
  return (knowledge?.items ?? []).flatMap(({ id, title, content, tags }) => {
    const name = line(title);
    return name === null || content.trim() === ''
      ? []
      : [{ id: id ?? null, title: name, content: content.trim(), tags: lines(tags) }];
  });
}

/** Where not everything fits: what weighs more first, else in the given order. */
export function byWeight(sources: GatheredSources): GatheredSources {
  const { knowledge } = sources;
  if (knowledge === null) return sources;
  const items = knowledge.items.toSorted((a, b) => (b.weight ?? 0) - (a.weight ?? 0));
  return { ...sources, knowledge: { items } };
}

/**
 * The products in their own order.
 *
 * @param locale for prices; `fallback` where there is no such locale
 */
export function offersOf({ products }: GatheredSources, locale: string, fallback: string): Offer[] {
  return (products?.items ?? []).flatMap(({ id, name, description, sellingPoints, price, currency, url }) => {
    const called = line(name);
    if (called === null) return [];
    const text = price === undefined ? null : formatPrice(price, currency, locale, fallback);
    return [
      {
        id: id ?? null,
        name: called,
        description: description?.trim() || null,
        sellingPoints: lines(sellingPoints),
        price: text === null ? null : { text, free: price === 0, inCurrency: currency !== undefined },
        url: line(url),
      },
    ];
  });
}
