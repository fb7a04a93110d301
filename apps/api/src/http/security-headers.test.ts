import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import helmet from 'helmet';
import { pageHeaders, securityHeaders } from './security-headers.ts';

/** What helmet itself sets on an answer. */
async function helmetsOwn(options: Parameters<typeof helmet>[0]): Promise<Record<string, string>> {
  const server = createServer((request, response) => helmet(options)(request, response, () => response.end())).listen(
    0,
  );
  await once(server, 'listening');
  const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  return Object.fromEntries(
    [...headers].filter(([name]) => !/^(date|connection|keep-alive|content-length)$/.test(name)),
  );
}

const inSmallLetters = (headers: readonly (readonly [string, string])[]) =>
  Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));

test('every answer has helmet’s headers, as helmet would set them', async () => {
  const policy = { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } };
  const all = await helmetsOwn({ contentSecurityPolicy: policy, xFrameOptions: { action: 'deny' } });
  const ours = inSmallLetters(securityHeaders({ behindProxy: false }));
  expect(all).toMatchObject(ours);
  expect(ours).toEqual({
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
});

test('HTTPS is insisted on behind a proxy alone, and for this host alone', () => {
  expect(inSmallLetters(securityHeaders({ behindProxy: true }))).toMatchObject({
    'strict-transport-security': 'max-age=31536000',
  });
  expect(inSmallLetters(securityHeaders({ behindProxy: false }))).not.toHaveProperty('strict-transport-security');
});

test('a page has all that helmet sets on one, with a policy of its own, and does not undo what every answer says of HTTPS', async () => {
  const { 'strict-transport-security': _, ...all } = await helmetsOwn({
    contentSecurityPolicy: false,
    xFrameOptions: { action: 'deny' },
  });
  const { 'content-security-policy': policy, ...ours } = inSmallLetters(pageHeaders({ styleSrc: ["'self'"] }));
  expect(ours).toEqual(all);
  expect(policy).toBe("default-src 'none';base-uri 'self';form-action 'self';frame-ancestors 'none';style-src 'self'");
});
