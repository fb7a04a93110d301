import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type TenantId, WebhookBody, type WebhookEvent } from '@roleforge/contracts';
import { CreationFailure, type NewCreation } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import {
  acceptCreations,
  cancelCreation,
  concedeLost,
  createAttemptLedger,
  createDeliveryLedger,
  lapseOverdue,
  listPendingOf,
  openDatabase,
  restartCreation,
} from './index.ts';
import { aCreation, roleOf, taken, waitingCreation } from './ledger.fixture.ts';
import { recordEnds } from './outbox.ts';
import { rowsOf } from './tenant-rows.ts';
import { anEndpoint, deliveryRows } from './webhook.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOW = new Date('2031-05-05T12:00:00.456Z');
const ledger = createAttemptLedger(database, () => NOW);
const FAILURE = new CreationFailure('draft_invalid', 'Not good.');
const AT = { step: 'writing' } as const;

let tenantId: TenantId;
beforeEach(async () => {
  tenantId = (await newTenant(database)).tenantId;
});

type Given = Parameters<typeof waitingCreation>[2];
const accepted = (given: Given = {}) => waitingCreation(database, tenantId, { now: NOW, ...given });
const messages = () => deliveryRows(database, tenantId);

async function begun(creation: NewCreation) {
  return taken(ledger, creation);
}
async function cancelling(creation: NewCreation) {
  const attempt = await begun(creation);
  expect(await cancelCreation(database, creation, NOW)).toBe('asked');
  return attempt;
}
const overdue = { now: new Date(NOW.getTime() - 60_000), deadlineSeconds: 30 };

/** Every way in which a creation ends, and what it is after that. */
const ENDS: Record<string, { status: string; given?: Given; end: (creation: NewCreation) => Promise<unknown> }> = {
  'an attempt that succeeds': {
    status: 'succeeded',
    end: async creation => {
      const attempt = await begun(creation);
      await ledger.succeed(attempt, roleOf(attempt));
    },
  },
  'an attempt that fails': {
    status: 'failed',
    end: async creation => ledger.fail(await begun(creation), AT, FAILURE),
  },
  'an attempt that expires': {
    status: 'expired',
    end: async creation => ledger.expire(await begun(creation), AT, FAILURE),
  },
  'a worker that answers a wish to cancel': {
    status: 'cancelled',
    end: async creation => ledger.concede(await cancelling(creation), AT),
  },
  'its owner’s cancelling while it waits': {
    status: 'cancelled',
    end: creation => cancelCreation(database, creation, NOW),
  },
  'its job, which comes up after the deadline': {
    status: 'expired',
    given: overdue,
    end: ({ tenantId, id }) => ledger.take(tenantId, id),
  },
  'the reconciler, after the deadline': {
    status: 'expired',
    given: overdue,
    end: creation => lapseOverdue(database, [creation], NOW),
  },
  'the next worker, where that which was to cancel it is gone': {
    status: 'cancelled',
    end: async creation => {
      await cancelling(creation);
      await ledger.take(creation.tenantId, creation.id);
    },
  },
  'the reconciler, where the worker that was to cancel it is gone': {
    status: 'cancelled',
    end: async creation => {
      await cancelling(creation);
      await concedeLost(database, [creation], NOW);
    },
  },
};

describe.each(Object.entries(ENDS))('%s', (_, { status, given, end }) => {
  test('leaves one message for each address that wants it', async () => {
    const one = await anEndpoint(database, tenantId, { url: 'https://one.example/' });
    const two = await anEndpoint(database, tenantId, { events: [`role_creation.${status}` as WebhookEvent] });
    await anEndpoint(database, tenantId, { enabled: false });
    await anEndpoint(database, tenantId, {
      events: [status === 'failed' ? 'role_creation.expired' : 'role_creation.failed'],
    });
    await anEndpoint(database, (await newTenant(database)).tenantId);
    const own = { url: 'https://own.example/?a=1' };
    const creation = await accepted({ ...given, webhook: own, metadata: { order: '7' } });
    await end(creation);
    const rows = await messages();
    expect(rows.map(row => [row.endpoint_id, row.url]).toSorted()).toEqual(
      [
        [null, own.url],
        [one.id, one.url],
        [two.id, two.url],
      ].toSorted(),
    );
    expect(new Set(rows.map(({ body }) => body)).size).toBe(1);
    for (const row of rows)
      expect(row).toMatchObject({
        type: `role_creation.${status}`,
        status: 'pending',
        attempts: 0,
        next_attempt_at: NOW,
        finished_at: null,
      });
    expect(WebhookBody.parse(JSON.parse(rows[0]?.body ?? ''))).toEqual({
      type: `role_creation.${status}`,
      timestamp: NOW.toISOString(),
      data: {
        id: creation.id,
        roleId: creation.roleId,
        roleVersion: status === 'succeeded' ? 1 : null,
        status,
        taskId: 'tea-shop',
        metadata: { order: '7' },
      },
    });
    expect(await listPendingOf(database, creation)).toHaveLength(3);
  });

  test('leaves the creation as it was where the messages cannot be written', async () => {
    await anEndpoint(database, tenantId);
    await rowsOf(database.knex, tenantId, 'webhook_endpoints').update({ events: 'not JSON' });
    const creation = await accepted(given);
    await expect(end(creation)).rejects.toThrow(SyntaxError);
    const row = await database.knex('role_creations').where({ tenant_id: tenantId, id: creation.id }).first();
    expect(['queued', 'running', 'cancelling']).toContain(row.status);
    expect(await messages()).toEqual([]);
  });
});

describe('the outbox', () => {
  test('keeps to the events that a creation asked its own address to be told of', async () => {
    const webhook = { url: 'https://own.example/', events: ['role_creation.failed' as const] };
    await cancelCreation(database, await accepted({ webhook }), NOW);
    expect(await messages()).toEqual([]);
    await ledger.fail(await begun(await accepted({ webhook })), AT, FAILURE);
    expect(await messages()).toHaveLength(1);
  });

  test('costs one read, of few rows, where nobody wants to be told', async () => {
    const creation = await accepted();
    const statements: string[] = [];
    const note = ({ sql }: { sql: string }) => void statements.push(sql);
    database.knex.on('query', note);
    await database.knex.transaction(trx => recordEnds(trx, [creation], NOW));
    database.knex.off('query', note);
    expect(statements.filter(sql => /webhook/.test(sql))).toHaveLength(1);
  });

  test('has a second message of a creation that was begun again, and ended again', async () => {
    await anEndpoint(database, tenantId);
    const creation = await accepted();
    await cancelCreation(database, creation, NOW);
    expect(await cancelCreation(database, creation, NOW)).toBe('refused');
    expect(await messages()).toHaveLength(1);
    await restartCreation(database, creation, NOW);
    await cancelCreation(database, creation, NOW);
    const ids = (await messages()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  test('tells once of each, where some of a page had ended before', async () => {
    await anEndpoint(database, tenantId);
    const [ended, waits] = [await accepted(overdue), await accepted(overdue)];
    await cancelCreation(database, ended, NOW);
    expect(await lapseOverdue(database, [ended, waits], NOW)).toBe(1);
    expect((await messages()).map(({ type }) => type)).toEqual(['role_creation.cancelled', 'role_creation.expired']);
  });

  test('has nothing of an end that did not take effect', async () => {
    await anEndpoint(database, tenantId);
    const creation = await accepted();
    const first = await begun(creation);
    await begun(creation);
    await expect(ledger.succeed(first, roleOf(first))).rejects.toMatchObject({ code: 'attempt_superseded' });
    await expect(ledger.fail(first, AT, FAILURE)).rejects.toThrow();
    expect(await messages()).toEqual([]);
  });
});

test('a message keeps the trace of the request whose end it tells of, and whoever sends it is told', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  await anEndpoint(database, tenantId);
  const creation = { ...aCreation(tenantId, { now: NOW }), traceparent };
  await acceptCreations(database, [creation]);
  await cancelCreation(database, creation, NOW);
  const [message] = await messages();
  if (message === undefined) throw new Error('There is no message.');
  const taken = await createDeliveryLedger(database, () => NOW).take(tenantId, message.id);
  expect(taken).toMatchObject({ kind: 'taken', delivery: { traceparent } });
});
