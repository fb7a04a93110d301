import { afterAll, describe, expect, test } from '@jest/globals';
import type { CreationId, TenantId } from '@roleforge/contracts';
import { type ModelCall, newModelCallId } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import { createAttemptLedger } from './attempt-ledger.ts';
import { findCreation } from './creation-reads.ts';
import { openDatabase } from './database.ts';
import { eraseCreation, eraseRole, pruneCreations } from './index.ts';
import { roleOf, taken, waitingCreation } from './ledger.fixture.ts';
import { createModelCallStore } from './model-call-store.ts';
import { readUsage } from './usage-reads.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const AT = new Date('2031-05-05T23:59:59.500Z');
const store = createModelCallStore(database);
const ledger = createAttemptLedger(database);
const WEEK = { from: '2031-05-01', to: '2031-05-07' };

async function waiting() {
  const { tenantId } = await newTenant(database);
  return waitingCreation(database, tenantId);
}

function aCall(tenantId: TenantId, creationId: CreationId, changes: Partial<ModelCall> = {}): ModelCall {
  return {
    id: newModelCallId(AT.getTime()),
    tenantId,
    creationId,
    requestHash: 'a'.repeat(64),
    provider: 'house',
    model: 'm-1',
    startedAt: AT,
    ms: 1_200,
    outcome: 'ok',
    finishReason: 'stop',
    inputTokens: 100,
    outputTokens: 40,
    costUsd: 0.002,
    estimated: false,
    answer: '{"name":"茶小满 🍵"}',
    ...changes,
  };
}

const callsOf = ({ tenantId, id }: { tenantId: TenantId; id: CreationId }): Promise<ModelCall[]> =>
  database.knex('model_calls').where({ tenant_id: tenantId, creation_id: id }).orderBy('id');

describe('noting down a call', () => {
  test('adds its cost to the creation and to its day, and keeps its answer', async () => {
    const creation = await waiting();
    const { tenantId, id } = creation;
    await store.record(aCall(tenantId, id));
    const failed = { outcome: 'provider_timeout', answer: null, finishReason: null, estimated: true } as const;
    await store.record(aCall(tenantId, id, { ...failed, inputTokens: 10, outputTokens: 0, costUsd: 0.000_5 }));
    expect(await findCreation(database, tenantId, id)).toMatchObject({
      usage: { calls: 2, inputTokens: 110, outputTokens: 40, costUsd: 0.0025 },
    });
    expect(await store.costSoFar(tenantId, id)).toBe(0.0025);
    const sums = { calls: 2, failedCalls: 1, inputTokens: 110, outputTokens: 40, costUsd: 0.0025 };
    expect(await readUsage(database, tenantId, WEEK)).toEqual([
      { day: '2031-05-05', provider: 'house', model: 'm-1', ...sums },
    ]);
    expect(await store.findAnswer({ tenantId, creationId: id, requestHash: 'a'.repeat(64) })).toEqual({
      answer: '{"name":"茶小满 🍵"}',
      finishReason: 'stop',
    });
  });

  test('once more changes nothing', async () => {
    const creation = await waiting();
    const call = aCall(creation.tenantId, creation.id);
    for (let times = 0; times < 3; times += 1) await store.record(call);
    await Promise.all([store.record(call), store.record(call)]);
    expect(await callsOf(creation)).toHaveLength(1);
    expect(await findCreation(database, creation.tenantId, creation.id)).toMatchObject({ usage: { calls: 1 } });
    expect(await readUsage(database, creation.tenantId, WEEK)).toMatchObject([{ calls: 1 }]);
  });

  test('many at once lose nothing', async () => {
    const { tenantId } = await newTenant(database);
    const creations = await Promise.all([1, 2, 3].map(n => waitingCreation(database, tenantId, { taskId: `t-${n}` })));
    await Promise.all(creations.flatMap(({ id }) => [1, 2, 3, 4].map(() => store.record(aCall(tenantId, id)))));
    expect(await readUsage(database, tenantId, WEEK)).toMatchObject([{ calls: 12, inputTokens: 1_200 }]);
  });

  test('of a creation that is gone leaves only the sums', async () => {
    const { tenantId, id } = await waiting();
    const gone = id.replace(/.$/, last => (last === '0' ? '1' : '0')) as CreationId;
    await store.record(aCall(tenantId, gone));
    expect(await callsOf({ tenantId, id: gone })).toEqual([]);
    expect(await readUsage(database, tenantId, WEEK)).toMatchObject([{ calls: 1 }]);
    expect(await store.costSoFar(tenantId, gone)).toBe(0);
  });
});

test('an answer is found under its own tenant, creation and request alone, the latest one', async () => {
  const { tenantId, id } = await waiting();
  const other = await waiting();
  const key = { tenantId, creationId: id, requestHash: 'a'.repeat(64) };
  expect(await store.findAnswer(key)).toBeNull();
  await store.record(aCall(tenantId, id, { answer: null }));
  expect(await store.findAnswer(key)).toBeNull();
  await store.record(aCall(tenantId, id, { answer: 'first' }));
  await store.record(aCall(tenantId, id, { answer: 'second', finishReason: null }));
  expect(await store.findAnswer(key)).toEqual({ answer: 'second', finishReason: null });
  expect(await store.findAnswer({ ...key, requestHash: 'b'.repeat(64) })).toBeNull();
  expect(await store.findAnswer({ ...key, tenantId: other.tenantId })).toBeNull();
  expect(await store.findAnswer({ ...key, creationId: other.id })).toBeNull();
});

test('usage is read from the first day to the last, in their order, and is the tenant’s own', async () => {
  const { tenantId, id } = await waiting();
  for (const [day, model] of [
    ['2031-04-30', 'm-1'],
    ['2031-05-07', 'm-1'],
    ['2031-05-01', 'm-2'],
    ['2031-05-01', 'm-1'],
    ['2031-05-08', 'm-1'],
  ] as const)
    await store.record(aCall(tenantId, id, { startedAt: new Date(`${day}T00:00:00Z`), model }));
  const days = await readUsage(database, tenantId, WEEK);
  expect(days.map(({ day, model }) => `${day} ${model}`)).toEqual([
    '2031-05-01 m-1',
    '2031-05-01 m-2',
    '2031-05-07 m-1',
  ]);
  expect(await readUsage(database, (await waiting()).tenantId, WEEK)).toEqual([]);
});

describe('what is deleted', () => {
  async function succeeded() {
    const creation = await waiting();
    const attempt = await taken(ledger, creation);
    await store.record(aCall(creation.tenantId, creation.id));
    await ledger.succeed(attempt, roleOf(attempt));
    return creation;
  }

  test('with an erased creation are its calls; the sums stay', async () => {
    const creation = await succeeded();
    await eraseCreation(database, creation.tenantId, creation.id);
    expect(await callsOf(creation)).toEqual([]);
    expect(await readUsage(database, creation.tenantId, WEEK)).toMatchObject([{ calls: 1 }]);
  });

  test('with pruned creations are their calls, and no others’', async () => {
    const [old, begunAgain] = [await succeeded(), await waiting()];
    await store.record(aCall(begunAgain.tenantId, begunAgain.id));
    expect(await pruneCreations(database, [old, begunAgain], new Date(Date.now() + 60_000))).toBe(1);
    expect(await callsOf(old)).toEqual([]);
    expect(await callsOf(begunAgain)).toHaveLength(1);
    expect(await readUsage(database, old.tenantId, WEEK)).toMatchObject([{ calls: 1 }]);
  });

  test('with an erased role are the answers that it was made from', async () => {
    const creation = await succeeded();
    await eraseRole(database, creation.tenantId, creation.roleId);
    expect(await callsOf(creation)).toMatchObject([{ answer: null, outcome: 'ok' }]);
  });
});
