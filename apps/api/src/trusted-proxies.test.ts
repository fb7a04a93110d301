import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { SCOPES } from '@roleforge/contracts';
import { silentLogger } from '@roleforge/telemetry';
import { Router } from 'express';
import { route } from './http/route.ts';
import { createHttpApp } from './http-app.ts';
import { unobserved } from './observer.ts';
import { createLoginAttempts } from './operator/login-attempts.ts';
import { createOperatorGate } from './operator/operator-login.ts';

const whence = route(
  {
    method: 'get',
    path: '/v1/whence',
    operationId: 'whence',
    scope: null,
    tag: 'test',
    summary: '',
    replies: {},
  } as never,
  async (_, { remoteAddress }) => ({ status: 200, body: { remoteAddress } }),
);

const logins = createLoginAttempts({ note: async () => {}, log: silentLogger });
afterAll(() => logins.stop());

/** Where the API takes a request to come from that names these addresses on its way. */
async function whenceOf(trustedProxies: number, forwardedFor: string): Promise<string> {
  const app = createHttpApp({
    routes: [whence],
    authenticate: async () => ({ tenantId: 'ten_1', actor: { kind: 'key', id: 'key_1' }, scopes: SCOPES }) as never,
    health: Router(),
    docs: Router(),
    metrics: (_request, _response, next) => next(),
    gate: createOperatorGate(null, { logins, log: silentLogger }),
    board: { path: '/admin/queues', router: Router() },
    headers: [],
    requestRate: () => null,
    crossOrigin: undefined,
    trustedProxies,
    observer: unobserved,
    log: silentLogger,
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/whence`;
  const response = await fetch(url, {
    headers: { 'x-forwarded-for': forwardedFor, 'x-real-ip': '6.6.6.6', forwarded: 'for=6.6.6.6' },
  });
  const { remoteAddress } = (await response.json()) as { remoteAddress: string };
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  return remoteAddress;
}

test('without a proxy of ours, what a request says of its way changes nothing', async () => {
  expect(await whenceOf(0, '6.6.6.6')).toBe('127.0.0.1');
});

test('as many steps are believed as there are proxies, and what a caller forged before them is not', async () => {
  expect(await whenceOf(1, '6.6.6.6, 198.51.100.7')).toBe('198.51.100.7');
  expect(await whenceOf(2, '6.6.6.6, 198.51.100.7, 10.0.0.2')).toBe('198.51.100.7');
});

test('what is no address is not taken for one', async () => {
  expect(await whenceOf(1, `6.6.6.6, ${'x'.repeat(1_000)}`)).toBe('127.0.0.1');
});
