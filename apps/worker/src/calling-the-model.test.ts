import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readConfig } from '@roleforge/config';
import { type CreationId, PROFILE_PARTS } from '@roleforge/contracts';
import {
  createAttemptLedger,
  createModelCallStore,
  createSourceStore,
  createStrategyStore,
  findRole,
} from '@roleforge/db';
import { noTracing, silentLogger } from '@roleforge/telemetry';
import { type ScriptedModel, startScriptedModel } from '@roleforge/testkit';
import { createWriter } from '@roleforge/writer';
import { attemptInHand } from './attempt-in-hand.ts';
import { unobserved } from './observer.ts';
import { createStepLog } from './step-log.ts';
import { createTurns, type Turns } from './turns.ts';
import { freshCopies, openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';
import { writeRole } from './write-role.ts';

let workshop: Workshop;
let model: ScriptedModel;
beforeEach(async () => {
  [workshop, model] = await Promise.all([openWorkshop(), startScriptedModel()]);
  await workshop.storeSources('tea-shop', TEA_SHOP);
});
afterEach(async () => {
  await model.close();
  await workshop.close();
});

const modelEnv = () => ({ AI_BASE_URL: model.url, AI_MODEL: 'scripted-1', AI_API_KEY: 'sk-scripted' });
const startWorker = (env: Record<string, string> = {}) => workshop.startWorker({ ...modelEnv(), ...env });
const configured = () => readConfig({ env: modelEnv(), envFile: '/dev/null' });

describe('a worker with a model', () => {
  test('keeps what the model wrote, and what that took', async () => {
    await startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }));
    expect(creation).toMatchObject({ status: 'succeeded', attempts: 1, usage: { calls: 1 } });
    expect(creation.usage.inputTokens).toBeGreaterThan(0);
    const role = await findRole(workshop.database, workshop.tenantId, creation.roleId);
    expect(role?.writer).toMatchObject({ kind: 'ai', model: 'scripted-1' });
    expect(model.requests).toHaveLength(1);
  });

  test.each([
    ['an error of the provider’s', { kind: 'status', status: 500 } as const],
    ['a cut connection', { kind: 'cut', at: 'body' } as const],
  ])('tries again after %s', async (_, turn) => {
    model.enqueue(turn);
    await startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }));
    expect(creation).toMatchObject({ status: 'succeeded', attempts: 2, error: null, roleVersion: 1 });
    expect(model.requests).toHaveLength(2);
  });

  test.each([
    ['a truncated answer', { kind: 'truncated' } as const],
    ['an answer of the wrong shape', { kind: 'answer', content: { name: 'only that' } } as const],
    ['an answer in another language', { kind: 'wrongLanguage' } as const],
  ])('has %s repaired in the same attempt', async (_, turn) => {
    model.enqueue(turn);
    await startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }));
    expect(creation).toMatchObject({ status: 'succeeded', attempts: 1, usage: { calls: 2 } });
  });

  test('asks anew only when its owner begins a draft that could not be mended again', async () => {
    model.always({ kind: 'answer', content: 'I am nobody.' });
    await startWorker();
    const id = await workshop.submit({ taskId: 'tea-shop' });
    expect(await workshop.ended(id)).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'draft_invalid' } });
    expect(model.requests).toHaveLength(3);
    model.always({ kind: 'answer' });
    await workshop.steering.retry(workshop.tenantId, id);
    expect(await workshop.ended(id)).toMatchObject({ status: 'succeeded', usage: { calls: 4 } });
  });

  test('tells of each part of the role, in order, before the end', async () => {
    model.enqueue({ kind: 'answer', chunks: 40 });
    await startWorker();
    const { id, roleId } = await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }));
    const told = await workshop.events.read(id, 0);
    const parts = told.flatMap(({ type, data }) => (type === 'role_creation.section' ? [data] : []));
    const role = await findRole(workshop.database, workshop.tenantId, roleId);
    expect(Object.fromEntries(parts.map(({ part, value }) => [part, value]))).toEqual(role?.profile);
    expect(parts).toHaveLength(PROFILE_PARTS.length);
    expect(parts[0]?.part).toBe('name');
    expect(told.at(-1)?.type).toBe('role_creation.succeeded');
  });

  test('keeps the time that a provider asked for', async () => {
    model.enqueue({ kind: 'rateLimited', retryAfter: 1 });
    await startWorker();
    const id = await workshop.submit({ taskId: 'tea-shop' });
    await model.waitForRequest(1);
    const refusedAt = Date.now();
    const creation = await workshop.ended(id);
    expect(creation).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect(Date.now() - refusedAt).toBeGreaterThanOrEqual(950);
  });

  test.each([
    ['the key is refused', { kind: 'status', status: 401 } as const, 'provider_denied'],
    ['the content is filtered', { kind: 'contentFilter' } as const, 'content_filtered'],
  ])('gives up at once where %s', async (_, turn, code) => {
    model.always(turn);
    await startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }));
    expect(creation).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code, owner: 'provider', retryable: false },
    });
    expect(model.requests).toHaveLength(1);
  });

  test('an answer that takes longer than the timeout is the provider’s fault, and is asked for again', async () => {
    model.enqueue({ kind: 'hang' });
    await startWorker({ AI_TIMEOUT_SECONDS: '1' });
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }));
    expect(creation).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect(model.requests[0]?.aborted).toBe(true);
  });
});

describe('a deadline', () => {
  test('that passes while the model writes ends the call and the creation', async () => {
    model.always({ kind: 'hang' });
    await startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop', deadlineSeconds: 1 }));
    expect(creation).toMatchObject({ status: 'expired', error: { code: 'deadline_exceeded' }, roleVersion: null });
    await model.requests[0]?.closed;
    expect(model.requests[0]?.aborted).toBe(true);
  });

  test('that has passed before the start ends the creation without a call', async () => {
    const id = await workshop.submit({ taskId: 'tea-shop', deadlineSeconds: 1 });
    await workshop.database
      .knex('role_creations')
      .where({ tenant_id: workshop.tenantId, id })
      .update({ deadline_at: new Date(Date.now() - 1_000) });
    await startWorker();
    expect(await workshop.ended(id)).toMatchObject({ status: 'expired', roleVersion: null });
    expect(model.requests).toHaveLength(0);
  });
});

describe('a worker that is told to stop', () => {
  test('finishes what it can within its grace', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    model.enqueue({ kind: 'answer', gate });
    const worker = await startWorker({ SHUTDOWN_GRACE_SECONDS: '10' });
    const id = await workshop.submit({ taskId: 'tea-shop' });
    await model.waitForRequest(1);
    const stopped = worker.stop();
    open();
    await stopped;
    expect(await workshop.read(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  test('hands back what it cannot finish, and another worker makes the role', async () => {
    model.enqueue({ kind: 'hang' });
    const first = await startWorker({ SHUTDOWN_GRACE_SECONDS: '1' });
    const id = await workshop.submit({ taskId: 'tea-shop' });
    await model.waitForRequest(1);
    await first.stop();
    expect(await workshop.read(id)).toMatchObject({ status: 'queued', attempts: 0, error: null });
    await model.requests[0]?.closed;
    await startWorker();
    expect(await workshop.ended(id)).toMatchObject({ status: 'succeeded', attempts: 1, roleVersion: 1 });
  });
});

describe('an answer that is stored', () => {
  const killed = new Error('killed');

  /** Takes the creation up, as a worker does that does not come to write the draft down. */
  async function takeUp(id: CreationId, turns: Turns, signal = new AbortController().signal): Promise<unknown> {
    const { database, tenantId, announce } = workshop;
    const ledger = createAttemptLedger(database);
    const result = await ledger.take(tenantId, id);
    if (result.kind !== 'taken') throw new Error(result.kind);
    const needs = {
      ledger: { ...ledger, written: () => Promise.reject(killed) },
      strategies: createStrategyStore(database),
      sources: freshCopies(createSourceStore(database)),
      roles: { readVersion: async () => null },
      countTokens: (text: string) => text.length,
      writer: createWriter({
        ai: configured().ai,
        calls: createModelCallStore(database),
        gate: { enter: async () => {}, report: async () => {} },
        callTimeoutMs: 5_000,
        clock: () => new Date(),
      }),
      announce,
      observer: unobserved,
      tracing: noTracing,
      steps: createStepLog(silentLogger),
      turns,
    };
    return writeRole(needs, attemptInHand(result.creation, signal, new Date()));
  }

  async function madeByAnother(id: CreationId): Promise<void> {
    expect(await workshop.read(id)).toMatchObject({ status: 'running', usage: { calls: 1 } });
    await startWorker();
    const creation = await workshop.ended(id);
    expect(creation).toMatchObject({ status: 'succeeded', attempts: 2, roleVersion: 1, usage: { calls: 1 } });
    expect(creation.usage.inputTokens).toBeGreaterThan(0);
    expect(model.requests).toHaveLength(1);
  }

  test('is used by a further attempt where the first was lost before the draft was saved', async () => {
    const id = await workshop.submit({ taskId: 'tea-shop' });
    await expect(takeUp(id, createTurns(1))).rejects.toBe(killed);
    await madeByAnother(id);
  });

  test('is left to a further attempt by a worker that is told to stop while the creation stands in line', async () => {
    const id = await workshop.submit({ taskId: 'tea-shop' });
    const job = new AbortController();
    const stoppedInLine: Turns = work => {
      job.abort('stopping');
      return work();
    };
    await expect(takeUp(id, stoppedInLine, job.signal)).rejects.toBe('stopping');
    await madeByAnother(id);
  });
});
