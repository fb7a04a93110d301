import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { newTenant } from '@roleforge/testkit';
import express from 'express';
import { startTestApi } from './api.fixture.ts';
import { healthPages } from './health.ts';

const AWAY = async () => {
  throw new Error('away');
};

let close = async () => {};
afterEach(() => close());

/** An api none of whose servers answers. */
async function withoutServers(leaving = new AbortController().signal) {
  const pages = healthPages({ ping: AWAY } as never, { ping: AWAY } as never, leaving);
  const server = createServer(express().use(pages)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = () => new Promise(resolve => server.close(() => resolve()));
  return async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    return [response.status, await response.json()];
  };
}

describe('/readyz', () => {
  test('names the servers that do not answer', async () => {
    const ask = await withoutServers();
    expect(await ask('/readyz')).toEqual([
      503,
      { status: 'not ready', checks: { mysql: 'no answer', redis: 'no answer' } },
    ]);
  });

  test('asks those that are excluded for nothing', async () => {
    const ask = await withoutServers();
    expect(await ask('/readyz?exclude=redis')).toEqual([
      503,
      { status: 'not ready', checks: { mysql: 'no answer', redis: 'excluded' } },
    ]);
    expect(await ask('/readyz?exclude=mysql&exclude=redis')).toEqual([
      200,
      { status: 'ok', checks: { mysql: 'excluded', redis: 'excluded' } },
    ]);
  });

  test('says that the process stops, whatever is excluded', async () => {
    const ask = await withoutServers(AbortSignal.abort());
    expect(await ask('/readyz?exclude=mysql&exclude=redis')).toEqual([503, { status: 'stopping' }]);
  });

  test('does not take a MySQL that is busy with requests for one that is away', async () => {
    const api = await startTestApi();
    try {
      const { tenantId, apiKey } = await newTenant(api.database);
      const client = api.clientOf(apiKey);
      const held = await api.database.knex.transaction();
      await held('tenants').where('id', tenantId).forUpdate().first('id');
      // Each of them waits for its tenant's row, with a connection in its hand or for one.
      const waiting = Array.from({ length: 30 }, (_, n) => client.send('PUT', `/v1/strategies/s-${n}`, {}));
      const first = Promise.race(waiting).then(() => 'answered');
      const ready = await Promise.race([first, fetch(`${api.url}/readyz`).then(({ status }) => status)]);
      const { status } = (await (await fetch(`${api.url}/v1/status`)).json()) as { status: string };
      await held.rollback();
      await Promise.all(waiting);
      expect(ready).toBe(200);
      expect(status).not.toBe('down');
    } finally {
      await api.stop();
    }
  });
});
