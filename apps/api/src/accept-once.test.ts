import { describe, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import { type Acceptance, StoreUnavailable, type Submission } from '@roleforge/domain';
import { acceptOnce } from './accept-once.ts';
import type { Caller } from './http/route.ts';

const CALLER: Caller = {
  tenantId: 'tenant' as TenantId,
  actor: { kind: 'api_key', id: 'key' },
  scopes: [],
  tenantLimits: {},
  keyLimits: {},
  requestId: 'r',
  traceparent: null,
  remoteAddress: null,
};
const OFFER = { scope: 'submitBatch', creations: [], answer: { items: ['é'] }, at: new Date('2031-05-05T12:00:00Z') };

/** Has an empty batch accepted by an intake that answers so, and keeps what the intake was asked. */
async function accept(key: string | undefined, outcome: () => Promise<Acceptance>, json: unknown = {}) {
  const asked: Submission[] = [];
  const intake = {
    accept(submission: Submission) {
      asked.push(submission);
      return outcome();
    },
    async drain() {},
  };
  const headers = { accept: undefined, 'last-event-id': undefined, 'idempotency-key': key, prefer: undefined };
  const [result] = await Promise.allSettled([acceptOnce(intake, { headers, json, bodyBytes: 2 }, CALLER, OFFER)]);
  return { asked, result };
}
const away = async (): Promise<Acceptance> => {
  throw new StoreUnavailable('away');
};

describe('accepting once', () => {
  test('asks for tenant, call, key and body, and promises the answer to the letter', async () => {
    const { asked, result } = await accept('"k"', async () => ({ kind: 'accepted' }));
    expect(result).toEqual({ status: 'fulfilled', value: { answer: OFFER.answer, headers: {} } });
    expect(asked[0]?.idempotency).toMatchObject({
      tenantId: 'tenant',
      scope: 'submitBatch',
      key: 'k',
      answer: '{"items":["é"]}',
      claim: expect.stringMatching(/^rc_/),
      at: OFFER.at,
    });
  });

  test('takes a body for the same, whatever the order of its keys, and not where it says something else', async () => {
    const digest = async (json: unknown) =>
      (await accept('k', async () => ({ kind: 'accepted' }), json)).asked[0]?.idempotency?.bodyDigest;
    expect(await digest({ a: 1, b: 2 })).toBe(await digest({ b: 2, a: 1 }));
    expect(await digest({ a: 1, b: 2 })).not.toBe(await digest({ a: 2, b: 1 }));
  });

  test('without a key it asks for nothing but the commit', async () => {
    const { asked } = await accept(undefined, async () => ({ kind: 'accepted' }));
    expect(asked).toEqual([{ creations: [], idempotency: null }]);
  });

  test('when the ledger is away, it tells who has a key to repeat it, and who has none that nothing was accepted', async () => {
    expect((await accept('k', away)).result).toMatchObject({
      reason: {
        code: 'unavailable',
        message: expect.stringContaining('repeat it with the same Idempotency-Key'),
        headers: { 'Retry-After': '2' },
      },
    });
    expect((await accept(undefined, away)).result).toMatchObject({ reason: expect.any(StoreUnavailable) });
  });

  test('a key that another request holds for too long is to be tried again later', async () => {
    expect((await accept('k', async () => ({ kind: 'busy' }))).result).toMatchObject({
      reason: { code: 'unavailable', headers: { 'Retry-After': '2' } },
    });
  });
});
