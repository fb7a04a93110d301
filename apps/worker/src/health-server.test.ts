import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { startHealthServer } from './health-server.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise(resolve => server?.close(resolve));
});

test('a page that cannot be made is not answered, and what can be is', async () => {
  server = await startHealthServer(0, {
    readiness: { look: async () => Promise.reject(new Error('nobody knows')) },
    metrics: { contentType: 'text/plain', admits: () => true, read: async () => Promise.reject(new Error('no page')) },
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const path of ['/metrics', '/readyz']) await expect(fetch(url + path)).rejects.toThrow('fetch failed');
  expect((await fetch(`${url}/livez`)).status).toBe(200);
});
