import { describe, expect, test } from '@jest/globals';
import { readMetricsText } from '@roleforge/testkit';
import { createMetricsPage } from './metrics-page.ts';
import { openMetrics } from './open-metrics.ts';

const { registry } = openMetrics({ tea_cups_total: { kind: 'counter', help: 'Cups.', labels: {} } } as const);
const WHOLE = '# HELP tea_rooms Rooms.\n# TYPE tea_rooms gauge\ntea_rooms 3';

describe('the page', () => {
  test('has the registry’s metrics and every further block, whether or not that ends its last line', async () => {
    const more = [
      async () => WHOLE,
      async () => '',
      async () => WHOLE.replaceAll('tea_rooms', 'tea_gardens').concat('\n\n'),
    ];
    const page = createMetricsPage({ registry, more });
    expect(page.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const { families } = readMetricsText(await page.read());
    expect([...families.keys()]).toEqual(['tea_cups_total', 'tea_rooms', 'tea_gardens']);
  });

  test('goes without a block that fails, one that throws at once, and one that does not come', async () => {
    const troubles: unknown[] = [];
    const page = createMetricsPage({
      registry,
      more: [
        () => Promise.reject(new Error('Redis is away')),
        () => {
          throw new Error('broken');
        },
        () => new Promise(() => {}),
        async () => WHOLE,
      ],
      patienceMs: 20,
      onTrouble: error => troubles.push((error as Error).message),
    });
    const { families } = readMetricsText(await page.read());
    expect([...families.keys()]).toEqual(['tea_cups_total', 'tea_rooms']);
    expect(troubles.toSorted()).toEqual(['It took longer than 20 ms.', 'Redis is away', 'broken']);
  });
});

describe('who may read the page', () => {
  const open = createMetricsPage({ registry });
  const shut = createMetricsPage({ registry, keys: ['metrics-key-0001', 'admin-key-000001'] });

  test('everybody, where no key is set', () => {
    expect([open.admits(undefined), open.admits('Bearer anything')]).toEqual([true, true]);
  });

  test('whoever shows one of the keys', () => {
    expect(shut.admits('Bearer metrics-key-0001')).toBe(true);
    expect(shut.admits('bearer  admin-key-000001')).toBe(true);
  });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer metrics-key-0002',
    'Bearer metrics-key-00011',
    'Bearer metrics-key-000',
    'Bearer metrics-key-0001 admin-key-000001',
    'Basic metrics-key-0001',
    'metrics-key-0001',
  ])('nobody with %p', authorization => {
    expect(shut.admits(authorization)).toBe(false);
  });
});
