import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Deed } from '@roleforge/db';
import type { Doer } from '@roleforge/domain';
import { silentLogger } from '@roleforge/telemetry';
import { createLoginAttempts, type LoginAttempts } from './login-attempts.ts';

type Noted = Deed & Doer;

let noted: Noted[];
let logins: LoginAttempts;
beforeEach(() => {
  jest.useFakeTimers();
  noted = [];
  logins = createLoginAttempts({
    note: async (doer, deed) => void noted.push({ ...doer, ...deed }),
    log: silentLogger,
  });
});
afterEach(async () => {
  await logins.stop();
  jest.useRealTimers();
});

const from = (remoteAddress: string, requestId = 'req-1') => ({ remoteAddress, requestId });
const counts = () => noted.map(({ detail }) => detail?.attempts);

function refuse(times: number, remoteAddress: string): void {
  for (let time = 1; time <= times; time += 1) logins.refused(from(remoteAddress, `req-${time}`));
}

describe('attempts to log in as the operator', () => {
  test('may be ten in a minute from one address, whatever others do', () => {
    const waits = Array.from({ length: 12 }, () => logins.begin(from('192.0.2.1')));
    expect(waits).toEqual([...Array(10).fill(null), 60, 60]);
    expect(logins.begin(from('192.0.2.2'))).toBeNull();
    jest.advanceTimersByTime(60_000);
    expect(logins.begin(from('192.0.2.1'))).toBeNull();
  });

  test('a network of IPv6 counts as one address', () => {
    const waits = Array.from({ length: 11 }, (_, n) => logins.begin(from(`2001:db8::${n + 1}`)));
    expect(waits.filter(wait => wait === null)).toHaveLength(10);
    expect(logins.begin(from('2001:db8:0:1::1'))).toBeNull();
  });

  test('that are refused leave one entry in a minute, and the count of all of them is kept', () => {
    refuse(1_000, '192.0.2.1');
    expect(counts()).toEqual([1]);
    expect(noted[0]).toMatchObject({
      action: 'operator.refused',
      tenantId: null,
      actor: { kind: 'operator', id: 'unknown' },
      remoteAddress: '192.0.2.1',
      requestId: 'req-1',
    });
    jest.advanceTimersByTime(60_000);
    expect(counts()).toEqual([1, 999]);
    refuse(5, '192.0.2.1');
    expect(counts()).toEqual([1, 999]);
    jest.advanceTimersByTime(60_000);
    expect(counts()).toEqual([1, 999, 5]);
    jest.advanceTimersByTime(600_000);
    expect(counts()).toEqual([1, 999, 5]);
  });

  test('from very many networks leave no more entries than there is room for', () => {
    for (let n = 0; n < 5_000; n += 1) logins.refused(from(`10.${n >> 8}.${n & 255}.1`));
    expect(noted.length).toBeLessThanOrEqual(1_001);
    jest.advanceTimersByTime(60_000);
    expect(counts().reduce<number>((sum, count) => sum + Number(count), 0)).toBe(5_000);
  });

  test('that were counted are noted at the stop', async () => {
    refuse(4, '192.0.2.1');
    await logins.stop();
    expect(counts()).toEqual([1, 3]);
  });
});
