import { describe, expect, test } from '@jest/globals';
import { Knowledge, type KnowledgeItem } from '@roleforge/contracts';
import fc from 'fast-check';
import { withItemIds } from './source-items.ts';

const item = (content: string, id?: string): KnowledgeItem =>
  id === undefined ? { title: 'note', content } : { id, title: 'note', content };

const idsOf = (...items: KnowledgeItem[]) => withItemIds({ items }).items.map(({ id }) => id);

/** Few different items, so that some are alike; ids as customers choose them, each used once. */
const items = fc
  .array(fc.record({ content: fc.constantFrom('a', 'b', 'c'), id: fc.option(fc.nat(1000), { nil: undefined }) }), {
    maxLength: 20,
  })
  .map(drawn => {
    const seen = new Set<number>();
    return drawn.map(({ content, id }) => {
      if (id === undefined || seen.has(id)) return item(content);
      seen.add(id);
      return item(content, `own-${id}`);
    });
  });

describe('ids of source items', () => {
  test('chosen by the customer stay as they are', () => {
    expect(idsOf(item('a', 'brewing'), item('b', 'storing'))).toEqual(['brewing', 'storing']);
  });

  test('are made for items without one, and stay when the item moves', () => {
    const [a, b] = idsOf(item('a'), item('b'));
    expect(idsOf(item('b'), item('x'), item('a'))).toEqual([b, expect.any(String), a]);
  });

  test('change when the item changes', () => {
    expect(idsOf(item('a'))).not.toEqual(idsOf(item('a!')));
  });

  test('differ between two items that are alike', () => {
    const [first, second] = idsOf(item('a'), item('a'));
    expect(second).not.toBe(first);
  });

  test('give way to an id that the customer chose, wherever that stands', () => {
    const [made] = idsOf(item('a'));
    const [given, chosen] = idsOf(item('a'), item('other', made));
    expect(chosen).toBe(made);
    expect(given).not.toBe(made);
  });

  test('are distinct and valid for any list, keep the customer’s, and do not change on a second pass', () => {
    fc.assert(
      fc.property(items, list => {
        const document = withItemIds({ items: list });
        expect(Knowledge.parse(document)).toEqual(document);
        expect(document.items.every(({ id }) => id !== undefined)).toBe(true);
        expect(document.items).toMatchObject(list);
        expect(withItemIds(document)).toEqual(document);
      }),
    );
  });

  test('are not given to a document that is no list', () => {
    const style = { tone: 'warm' };
    expect(withItemIds(style)).toEqual({ tone: 'warm' });
  });

  test('leave the document that was handed in as it was', () => {
    const document = { items: [item('a')] };
    withItemIds(document);
    expect(document).toEqual({ items: [{ title: 'note', content: 'a' }] });
  });
});
