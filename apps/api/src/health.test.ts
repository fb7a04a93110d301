import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import express from 'express';
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
});
