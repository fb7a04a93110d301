import { describe, expect, test } from '@jest/globals';
import { readMetricsText } from './metrics-text.ts';

const PAGE = `# HELP tea_cups_total Cups that were drunk.
# TYPE tea_cups_total counter
tea_cups_total{sort="maofeng",room="the \\"big\\" one"} 3
tea_cups_total{sort="longjing"} 1.5e+1

# HELP tea_steeping_seconds How long it took.
# TYPE tea_steeping_seconds histogram
tea_steeping_seconds_bucket{le="1"} 0
tea_steeping_seconds_bucket{le="2.5"} 2
tea_steeping_seconds_bucket{le="+Inf"} 3
tea_steeping_seconds_sum 9.25
tea_steeping_seconds_count 3
`;

test('a page is read into its metrics and their values', () => {
  const { families, samples, value } = readMetricsText(PAGE);
  expect(families.get('tea_cups_total')).toEqual({ kind: 'counter', help: 'Cups that were drunk.' });
  expect(families.get('tea_steeping_seconds')?.kind).toBe('histogram');
  expect(samples).toHaveLength(7);
  expect(samples[0]?.labels).toEqual({ sort: 'maofeng', room: 'the "big" one' });
  expect(value('tea_cups_total')).toBe(18);
  expect(value('tea_cups_total', { sort: 'longjing' })).toBe(15);
  expect(value('tea_cups_total', { sort: 'oolong' })).toBeUndefined();
});

describe('a page is refused', () => {
  test.each([
    ['with a sample before its TYPE', 'tea_cups 3\n'],
    ['with a sample apart from its TYPE', PAGE.replace('# TYPE tea_cups_total', '# TYPE tea_pots_total')],
    ['with a second TYPE', `${PAGE}# TYPE tea_cups_total counter\n`],
    ['with a series twice', PAGE.replace('sort="longjing"', 'room="the \\"big\\" one",sort="maofeng"')],
    ['with a value that is none', PAGE.replace(' 9.25', ' nine')],
    ['with a label without quotes', PAGE.replace('"longjing"', 'longjing')],
    ['with a label that is not closed', PAGE.replace('"longjing"', '"longjing')],
    ['with buckets that fall', PAGE.replace('{le="1"} 0', '{le="1"} 3')],
    ['with buckets in another order', PAGE.replace('le="1"', 'le="3"')],
    ['with a count that is not that of its buckets', PAGE.replace('count 3', 'count 4')],
    ['with a line that is cut off', PAGE.trimEnd()],
  ])('%s', (_, page) => {
    expect(() => readMetricsText(page)).toThrow();
  });
});
