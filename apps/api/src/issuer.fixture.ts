import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { noteSecret } from '@roleforge/testkit';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const AUDIENCE = 'https://roleforge.example.com';

type SigningKey = { kid: string; alg: string; privateKey: CryptoKey; jwk: JWK };

/** An issuer of tokens of the test's own, with its discovery document and its keys at an address on this machine. */
export type TestIssuer = {
  url: string;
  /** The key that tokens are signed with. */
  key(): SigningKey;
  /** How often its keys were fetched. */
  fetched(): number;
  /** From now on it has another key, and the old one no more. */
  rotate(alg?: string): Promise<void>;
  /** Has this key in its list as well from now on. */
  publish(jwk: JWK): void;
  /** Answers everything with 503 from now on, or as before. */
  setDown(down: boolean): void;
  /** A token of an hour with these claims beside the usual ones; null takes a claim away. */
  token(claims: Record<string, unknown>): Promise<string>;
  stop(): Promise<void>;
};

export async function startIssuer(): Promise<TestIssuer> {
  let key = await newSigningKey('ES256');
  const others: JWK[] = [];
  let down = false;
  let fetched = 0;
  const server = createServer((request, response) => {
    if (down) return void response.writeHead(503).end();
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration')
      return void response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    fetched += 1;
    response.end(JSON.stringify({ keys: [key.jwk, ...others] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    key: () => key,
    fetched: () => fetched,
    async rotate(alg = 'ES256') {
      key = await newSigningKey(alg);
    },
    publish: jwk => void others.push(jwk),
    setDown(is) {
      down = is;
    },
    async token(claims) {
      const now = Math.floor(Date.now() / 1_000);
      const usual = { iss: url, aud: AUDIENCE, sub: 'user-1', iat: now, exp: now + 3_600 };
      const all = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== null);
      const token = new SignJWT(Object.fromEntries(all) as JWTPayload).setProtectedHeader({
        alg: key.alg,
        kid: key.kid,
      });
      return noteSecret(await token.sign(key.privateKey));
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function newSigningKey(alg: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const kid = crypto.randomUUID();
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}
