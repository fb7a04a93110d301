import { describe, expect, test } from '@jest/globals';
import { readMetricsText } from '@roleforge/testkit';
import { bounded, type Catalogue } from './metric-definition.ts';
import { openMetrics } from './open-metrics.ts';

const TEA = {
  tea_cups_total: { kind: 'counter', help: 'Cups.', labels: { size: ['small', 'large'] } },
  tea_pots_total: { kind: 'counter', help: 'Pots.', labels: { size: ['small', 'large'], room: bounded('rooms') } },
  tea_steeping_seconds: { kind: 'histogram', help: 'Steeping.', labels: {}, buckets: [1, 60] },
  tea_guests: { kind: 'gauge', help: 'Guests.', labels: { at: ['table', 'door'] } },
  tea_water_celsius: { kind: 'gauge', help: 'Water.', labels: {} },
} as const satisfies Catalogue;

const pageOf = async ({ registry }: Pick<ReturnType<typeof openMetrics>, 'registry'>) =>
  readMetricsText(await registry.metrics());

describe('the metrics of a process', () => {
  test('have the series that are known from the start at zero, and the others from their first event', async () => {
    const page = await pageOf(openMetrics(TEA));
    expect(page.samples.map(({ name, labels, value }) => [name, labels.size ?? labels.le, value])).toEqual([
      ['tea_cups_total', 'small', 0],
      ['tea_cups_total', 'large', 0],
      ['tea_steeping_seconds_bucket', '1', 0],
      ['tea_steeping_seconds_bucket', '60', 0],
      ['tea_steeping_seconds_bucket', '+Inf', 0],
      ['tea_steeping_seconds_sum', undefined, 0],
      ['tea_steeping_seconds_count', undefined, 0],
    ]);
  });

  test('count, observe and stand at what was recorded', async () => {
    const metrics = openMetrics(TEA);
    const { meters } = metrics;
    meters.tea_cups_total.of({ size: 'small' }).add();
    meters.tea_cups_total.of({ size: 'small' }).add(2);
    meters.tea_pots_total.of({ size: 'large', room: 'the "big" one' }).add();
    meters.tea_steeping_seconds.of().observe(0.5);
    meters.tea_steeping_seconds.of().observe(61);
    meters.tea_water_celsius.of().set(80);
    const page = await pageOf(metrics);
    expect(page.value('tea_cups_total', { size: 'small' })).toBe(3);
    expect(page.value('tea_pots_total', { room: 'the "big" one' })).toBe(1);
    expect(page.value('tea_steeping_seconds_bucket', { le: '60' })).toBe(1);
    expect(page.value('tea_steeping_seconds_sum')).toBe(61.5);
    expect(page.value('tea_water_celsius')).toBe(80);
  });

  test('stay figures whatever is recorded: what is no number, or would have a counter fall, is not', async () => {
    const metrics = openMetrics(TEA);
    const { meters } = metrics;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 3]) meters.tea_steeping_seconds.of().observe(value);
    for (const by of [Number.NaN, -1, 0, 2]) meters.tea_cups_total.of({ size: 'large' }).add(by);
    const page = await pageOf(metrics);
    expect([page.value('tea_steeping_seconds_sum'), page.value('tea_steeping_seconds_count')]).toEqual([3, 1]);
    expect(page.value('tea_cups_total', { size: 'large' })).toBe(2);
    // A page that is read counts nothing twice.
    expect((await pageOf(metrics)).value('tea_cups_total', { size: 'large' })).toBe(2);
  });

  test('are shared with no other service in the process', async () => {
    const [one, other] = [openMetrics(TEA), openMetrics(TEA)];
    one.meters.tea_cups_total.of({ size: 'small' }).add();
    expect((await pageOf(other)).value('tea_cups_total')).toBe(0);
  });

  test('that follow a value have the one of the moment, and are left out while it cannot be read', async () => {
    const metrics = openMetrics(TEA);
    let guests = 2;
    metrics.meters.tea_guests.of({ at: 'table' }).follow(() => guests);
    metrics.meters.tea_guests.of({ at: 'door' }).follow(async () => {
      if (guests > 2) throw new Error('nobody can see the door');
      return 1;
    });
    metrics.meters.tea_water_celsius.of().follow(() => new Promise(() => {}));
    const before = await pageOf(metrics);
    guests = 5;
    const after = await pageOf(metrics);
    expect([before.value('tea_guests', { at: 'table' }), before.value('tea_guests', { at: 'door' })]).toEqual([2, 1]);
    expect([after.value('tea_guests', { at: 'table' }), after.value('tea_guests', { at: 'door' })]).toEqual([
      5,
      undefined,
    ]);
    expect(after.value('tea_water_celsius')).toBeUndefined();
  });
});
