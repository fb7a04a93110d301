import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Scope, TenantId } from '@roleforge/contracts';
import { type Database, openDatabase } from '@roleforge/db';
import { LAST_MOMENT, newTenantId } from '@roleforge/domain';
import { newTenant, noteSecret, testServers } from '@roleforge/testkit';
import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { problemOf, startTestApi } from './api.fixture.ts';
import { AUDIENCE, startIssuer, type TestIssuer } from './issuer.fixture.ts';
import { createReadToken } from './oidc.ts';

let issuer: TestIssuer;
let database: Database;
let tenantId: TenantId;
beforeAll(async () => {
  issuer = await startIssuer();
  database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
  tenantId = (await newTenant(database)).tenantId;
});
afterAll(async () => {
  await issuer.stop();
  await database.close();
});

type Given = { jwksUrl?: string | null; clock?: () => Date; tenantClaim?: string; url?: string };

/** What reads tokens, as a process that has just started does. Null is what it says of what is no token. */
function reading({
  jwksUrl = null,
  clock = () => new Date(),
  tenantClaim = 'tenant_id',
  url = issuer.url,
}: Given = {}) {
  const oidc = { issuer: url, audience: AUDIENCE, jwksUrl, tenantClaim };
  return createReadToken({ oidc, database, clock, cooldownMs: 0 });
}

const seconds = (fromNow: number) => Math.floor(Date.now() / 1_000) + fromNow;

describe('a good token', () => {
  test('stands for its subject and its tenant, with the scopes that are ours', async () => {
    await database
      .knex('tenants')
      .where({ id: tenantId })
      .update({ limits: JSON.stringify({ running: 3 }) });
    const exp = seconds(600);
    const token = await issuer.token({ tenant_id: tenantId, scope: 'openid creations:read tenant:admin', exp });
    expect(await reading()(token)).toEqual({
      tenantId,
      actor: { kind: 'token', id: 'user-1' },
      scopes: ['creations:read', 'tenant:admin'],
      tenantLimits: { running: 3 },
      keyLimits: {},
      expiresAt: new Date((exp + 5) * 1_000),
    });
  });

  test('whose end is beyond every calendar ends at the last moment that can be written down', async () => {
    const token = await issuer.token({ tenant_id: tenantId, exp: 1e300 });
    expect(await reading()(token)).toMatchObject({ expiresAt: LAST_MOMENT });
  });

  test.each<[string, Record<string, unknown>, Scope[]]>([
    ['scp, a list', { scp: ['creations:write', 'other'] }, ['creations:write']],
    ['scp, text', { scp: 'creations:read creations:write' }, ['creations:write', 'creations:read']],
    ['no scopes', {}, []],
    ['something else', { scope: { a: 1 } }, []],
  ])('has its scopes in %s', async (_, claims, scopes) => {
    expect((await reading()(await issuer.token({ tenant_id: tenantId, ...claims })))?.scopes).toEqual(scopes);
  });

  test('names its tenant in the claim that is configured, and has a long subject cut off', async () => {
    const claim = 'https://example.com/tenant';
    const token = await issuer.token({ [claim]: tenantId, sub: 'x'.repeat(500), aud: ['another', AUDIENCE] });
    expect(await reading({ tenantClaim: claim })(token)).toMatchObject({ tenantId, actor: { id: 'x'.repeat(200) } });
  });

  test('is believed although the clocks are a little apart, and not a moment longer', async () => {
    const start = new Date();
    const exp = Math.floor(start.getTime() / 1_000);
    const token = await issuer.token({ tenant_id: tenantId, exp });
    let now = new Date(exp * 1_000 + 4_900);
    const read = reading({ clock: () => now });
    expect(await read(token)).toMatchObject({ tenantId });
    now = new Date(exp * 1_000 + 5_000);
    await expect(read(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test.each(['RS256', 'PS256', 'ES384', 'EdDSA'])('may be signed by %s', async alg => {
    await issuer.rotate(alg);
    expect(await reading()(await issuer.token({ tenant_id: tenantId }))).toMatchObject({ tenantId });
    await issuer.rotate();
  });
});

test('the token of a suspended tenant is told so, within a second', async () => {
  const own = (await newTenant(database)).tenantId;
  const start = Date.now();
  let now = new Date(start);
  const read = reading({ clock: () => now });
  const token = await issuer.token({ tenant_id: own });
  expect(await read(token)).toMatchObject({ tenantId: own });
  await database.knex('tenants').where({ id: own }).update({ status: 'suspended' });
  now = new Date(start + 1_000);
  await expect(read(token)).rejects.toMatchObject({ code: 'tenant_suspended' });
});

describe('a bad token', () => {
  const refused = (token: string) =>
    expect(reading()(noteSecret(token))).rejects.toMatchObject({ code: 'unauthenticated' });

  test.each<[string, () => Record<string, unknown>]>([
    ['for another audience', () => ({ aud: 'https://elsewhere.example.com' })],
    ['of another issuer', () => ({ iss: 'https://elsewhere.example.com' })],
    ['that is expired', () => ({ exp: seconds(-6) })],
    ['that does not hold yet', () => ({ nbf: seconds(60) })],
    ['without an end', () => ({ exp: null })],
    ['without an audience', () => ({ aud: null })],
    ['without an issuer', () => ({ iss: null })],
    ['without a subject', () => ({ sub: null })],
    ['without a tenant', () => ({ tenant_id: null })],
    ['whose tenant is no id', () => ({ tenant_id: ["x' OR 1=1"] })],
    ['whose tenant there is not', () => ({ tenant_id: newTenantId() })],
  ])('%s is refused', async (_, claims) => {
    await refused(await issuer.token({ tenant_id: tenantId, ...claims() }));
  });

  const claims = () => ({ tenant_id: tenantId, iss: issuer.url, aud: AUDIENCE, sub: 'user-1', exp: seconds(600) });

  test('without a signature is refused', () => refused(new UnsecuredJWT(claims()).encode()));

  test('signed with the public key as if it were a secret is refused', async () => {
    const { jwk, kid } = issuer.key();
    const publicKey = await importJWK(jwk, 'ES256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('not a public key');
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(jwk)])
      await refused(
        await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid }).sign(new TextEncoder().encode(secret)),
      );
  });

  test('signed by somebody else under the name of the issuer’s key is refused', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    await refused(
      await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: issuer.key().kid }).sign(privateKey),
    );
  });

  test('under a published key that is too short to check anything with is refused', async () => {
    issuer.publish({ kty: 'RSA', kid: 'short', alg: 'RS256', n: 'AQAB', e: 'AQAB' });
    const parts = [{ alg: 'RS256', kid: 'short' }, claims(), 'signature'];
    await refused(parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.'));
  });

  test('that was changed is refused', async () => {
    const [header, , signature] = (await issuer.token({ tenant_id: tenantId })).split('.');
    const payload = Buffer.from(JSON.stringify(claims())).toString('base64url');
    await refused(`${header}.${payload}.${signature}`);
  });
});

describe('the issuer’s keys', () => {
  test('are fetched once for many tokens, and again when a token names one that is not known', async () => {
    const read = reading();
    const before = issuer.fetched();
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, n) => issuer.token({ tenant_id: tenantId, sub: `user-${n}` })),
    );
    await Promise.all(tokens.map(token => read(token)));
    expect(issuer.fetched() - before).toBe(1);
    const old = await issuer.token({ tenant_id: tenantId, sub: 'signed before' });
    await issuer.rotate();
    expect(await read(await issuer.token({ tenant_id: tenantId }))).toMatchObject({ tenantId });
    await expect(read(old)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('are found at an address that is configured', async () => {
    const read = reading({ jwksUrl: `${issuer.url}/keys` });
    expect(await read(await issuer.token({ tenant_id: tenantId }))).toMatchObject({ tenantId });
  });

  test('are not believed where the discovery document is of another issuer', async () => {
    const url = `${issuer.url}/`;
    const read = reading({ url });
    await expect(read(await issuer.token({ iss: url, tenant_id: tenantId }))).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  test('while the issuer is down, nothing is said against a token, and those known before are believed on', async () => {
    const [known, fresh] = [reading(), reading()];
    await known(await issuer.token({ tenant_id: tenantId }));
    issuer.setDown(true);
    const token = await issuer.token({ tenant_id: tenantId, sub: 'another' });
    await expect(fresh(token)).rejects.toMatchObject({ code: 'unavailable', headers: { 'Retry-After': '2' } });
    expect(await known(token)).toMatchObject({ tenantId });
    issuer.setDown(false);
  });
});

describe('what is no token', () => {
  test.each(['rf_live_abc', 'my.own.key', 'a.b', ''])('is left to the API keys: "%s"', credential => {
    expect(reading()(credential)).toBeNull();
  });
});

describe('an api with an issuer', () => {
  test('lets tokens and keys in, by their scopes', async () => {
    const api = await startTestApi({ OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE });
    try {
      const own = (await newTenant(api.database)).tenantId;
      const client = api.clientOf(await issuer.token({ tenant_id: own, scope: 'creations:read tenant:admin' }));
      expect(((await (await client.send('GET', '/v1/tenant')).json()) as { id: string }).id).toBe(own);
      const refused = await client.send('POST', '/v1/role-creations', { taskId: 'mine' });
      expect((await problemOf(refused)).code).toBe('forbidden');
      expect((await client.send('POST', '/v1/api-keys', { scopes: ['creations:read'] })).status).toBe(201);
      const deed = await api.database.knex('audit_log').where({ tenant_id: own }).first();
      expect(deed).toMatchObject({ actor_kind: 'token', actor_id: 'user-1', action: 'key.issued' });
      expect((await (await api.newClient()).send('GET', '/v1/tenant')).status).toBe(200);
    } finally {
      await api.stop();
    }
  });

  test('without one, a token is an unknown key', async () => {
    const api = await startTestApi();
    try {
      const response = await api.clientOf(await issuer.token({ tenant_id: tenantId })).send('GET', '/v1/tenant');
      expect((await problemOf(response)).code).toBe('unauthenticated');
    } finally {
      await api.stop();
    }
  });
});
