import { expect, test } from '@jest/globals';
import { SubmitCreation, type TenantId } from '@roleforge/contracts';
import { type NewCreation, newCreation, StoreUnavailable } from '@roleforge/domain';
import { silentLogger } from '@roleforge/telemetry';
import { createWithdrawals } from './withdrawals.ts';

const refused = (): NewCreation =>
  newCreation(SubmitCreation.parse({ taskId: 'a' }), {
    tenantId: 'tenant' as TenantId,
    requestId: 'r',
    traceparent: null,
    now: new Date(),
  });

test('what was refused is withdrawn when MySQL answers again, and once more in case it answered others first', async () => {
  const creations = [refused(), refused()];
  const asked: string[][] = [];
  const twice = Promise.withResolvers<void>();
  let away = 2;
  const withdrawals = createWithdrawals({
    log: silentLogger,
    askAgainMs: 1,
    async withdraw(group) {
      away -= 1;
      if (away >= 0) throw new StoreUnavailable('away');
      asked.push(group.map(({ id }) => id));
      if (asked.length === 2) twice.resolve();
      return group.length;
    },
  });
  withdrawals.add(creations);
  await twice.promise;
  await withdrawals.stop();
  const ids = creations.map(({ id }) => id);
  expect(asked).toEqual([ids, ids]);
});

test('stopping does not wait for a MySQL that stays away', async () => {
  const withdrawals = createWithdrawals({
    log: silentLogger,
    askAgainMs: 60_000,
    withdraw: async () => {
      throw new StoreUnavailable('away');
    },
  });
  withdrawals.add([refused()]);
  await expect(withdrawals.stop()).resolves.toBeUndefined();
});
