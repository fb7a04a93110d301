import { describe, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import { newTenantId, type Period } from '@roleforge/domain';
import { createTallyReader } from './tally-reader.ts';

/** A ledger with creations at these moments, and what it is asked. */
function aLedger(...moments: string[]) {
  const accepted = moments.map(moment => new Date(moment));
  const asked: string[] = [];
  const show = (at: Date) => at.toISOString().slice(11, 19);
  const readTallies = createTallyReader({
    read: async (_, __, names) => Object.fromEntries(names.map(name => [name, 7])),
    countAccepted: async (_: TenantId, { from, until }: Period) => {
      asked.push(`${show(from)}-${show(until)}`);
      return accepted.filter(at => at >= from && at < until).length;
    },
  });
  const tenantId = newTenantId();
  const today = async (at: string) => {
    asked.length = 0;
    return (await readTallies(tenantId, new Date(at), ['creationsToday'])).creationsToday;
  };
  return { accepted, asked, readTallies, tenantId, today };
}

describe('the creations of a day', () => {
  test('are counted from midnight once, and from then on those that are new', async () => {
    const { accepted, asked, today } = aLedger('2031-05-04T23:59:59Z', '2031-05-05T00:00:00Z', '2031-05-05T11:59:50Z');
    expect(await today('2031-05-05T12:00:00Z')).toBe(2);
    expect(asked).toEqual(['00:00:00-11:59:45', '11:59:45-00:00:00']);
    accepted.push(new Date('2031-05-05T12:00:01Z'));
    expect(await today('2031-05-05T12:00:02Z')).toBe(3);
    expect(asked).toEqual(['11:59:45-00:00:00']);
    expect(await today('2031-05-05T12:01:00Z')).toBe(3);
    expect(asked).toEqual(['11:59:45-12:00:45', '12:00:45-00:00:00']);
  });

  test('are none when the day begins', async () => {
    const { today } = aLedger('2031-05-05T01:00:00Z', '2031-05-05T23:59:59Z');
    expect(await today('2031-05-05T23:59:59Z')).toBe(2);
    expect(await today('2031-05-06T00:00:00Z')).toBe(0);
    expect(await today('2031-05-06T00:01:00Z')).toBe(0);
  });

  test('are not looked at for other limits, which are read as they are', async () => {
    const { asked, readTallies, tenantId } = aLedger();
    expect(await readTallies(tenantId, new Date(), ['waiting', 'monthCostUsd'])).toEqual({
      waiting: 7,
      monthCostUsd: 7,
    });
    expect(asked).toEqual([]);
  });
});
