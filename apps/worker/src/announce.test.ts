import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import { cancelCreation, createAttemptLedger, eraseCreation } from '@roleforge/db';
import type { EventLog } from '@roleforge/queue';
import { type Logger, silentLogger } from '@roleforge/telemetry';
import { createAnnouncer } from './announce.ts';
import { openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

let workshop: Workshop;
let events: EventLog;
beforeEach(async () => {
  workshop = await openWorkshop();
  events = workshop.events;
});
afterEach(() => workshop.close());

async function cancelled(): Promise<CreationId> {
  const { database, tenantId } = workshop;
  const id = await workshop.submit({ taskId: 'tea-shop', metadata: { note: 'Birkengasse 7' } });
  await cancelCreation(database, { tenantId, id }, new Date());
  return id;
}

/** An owner's DELETE. */
async function erase(id: CreationId): Promise<void> {
  expect(await eraseCreation(workshop.database, workshop.tenantId, id)).toEqual({ kind: 'erased' });
  await events.remove([id]);
}

describe('the last event of a creation', () => {
  test('is the whole of it, and stays', async () => {
    const id = await cancelled();
    const announce = createAnnouncer(events, createAttemptLedger(workshop.database), async () => {}, silentLogger);
    await announce.end({ tenantId: workshop.tenantId, creationId: id, epoch: 0 });
    expect(await events.read(id, 0)).toMatchObject([
      { type: 'role_creation.cancelled', data: { id, metadata: { note: 'Birkengasse 7' } } },
    ]);
  });

  test.each(['before', 'after'] as const)(
    'is not there when its owner erased it just %s it was appended',
    async when => {
      const id = await cancelled();
      let appended = 0;
      const meeting: EventLog = {
        ...events,
        async append(...event) {
          if (when === 'before') await erase(id);
          const number = await events.append(...event);
          appended += 1;
          if (when === 'after') await erase(id);
          return number;
        },
      };
      const announce = createAnnouncer(meeting, createAttemptLedger(workshop.database), async () => {}, silentLogger);
      await announce.end({ tenantId: workshop.tenantId, creationId: id, epoch: 0 });
      expect(appended).toBe(1);
      expect(await events.read(id, 0)).toEqual([]);
    },
  );

  test('stays where MySQL does not say whether it was erased, and the work goes on', async () => {
    const id = await cancelled();
    const ledger = createAttemptLedger(workshop.database);
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (message: string) => warnings.push(message) } as unknown as Logger;
    let reads = 0;
    const away = {
      ...ledger,
      read: (...key: Parameters<typeof ledger.read>) => {
        reads += 1;
        return reads === 1 ? ledger.read(...key) : Promise.reject(new Error('MySQL is away'));
      },
    };
    await createAnnouncer(events, away, async () => {}, log).end({
      tenantId: workshop.tenantId,
      creationId: id,
      epoch: 0,
    });
    expect(await events.read(id, 0)).toHaveLength(1);
    expect(warnings).toEqual(['not known whether it was erased meanwhile']);
  });
});

test('no event of a creation that has not ended tells of what is in its sources', async () => {
  await workshop.storeSources('tea-shop', TEA_SHOP);
  await workshop.startWorker();
  const id = await workshop.submit({ taskId: 'tea-shop' });
  await workshop.ended(id);
  const told = await events.read(id, 0);
  expect(told.flatMap(({ type, data }) => (type === 'role_creation.progress' ? data.step : []))).toContain('writing');
  expect(JSON.stringify(told)).not.toContain(TEA_SHOP.baseInfo.name);
});
