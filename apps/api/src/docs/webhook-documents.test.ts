import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DeliveryType } from '@roleforge/contracts';
import { newDeliveryId, newWebhookSecret } from '@roleforge/domain';
import { signedHeaders } from '@roleforge/webhooks';
import { createDocument } from 'zod-openapi';
import { webhookDocuments } from './webhook-documents.ts';

type Documented = {
  post: { description: string; security: unknown[]; parameters: { name: string; in: string }[]; responses: object };
};
const { webhooks } = createDocument({
  openapi: '3.1.0',
  info: { title: 'RoleForge', version: '0' },
  webhooks: webhookDocuments(),
}) as unknown as { webhooks: Record<string, Documented> };

test('every type of delivery is documented, with the headers it comes with and what to answer', () => {
  expect(Object.keys(webhooks)).toEqual(DeliveryType.options);
  for (const { post } of Object.values(webhooks)) {
    expect(post.parameters.map(parameter => [parameter.in, parameter.name])).toEqual([
      ['header', 'webhook-id'],
      ['header', 'webhook-timestamp'],
      ['header', 'webhook-signature'],
      ['header', 'traceparent'],
    ]);
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['2XX', '3XX', '410', 'default']));
    expect(post.security).toEqual([]);
  }
});

describe('the receiver that the document shows', () => {
  const secret = newWebhookSecret();
  const body = JSON.stringify({
    type: 'webhook.test',
    timestamp: '2031-01-01T00:00:00.000Z',
    data: { greeting: '你好' },
  });
  let receiver: ChildProcess;
  let port = '';
  let written = '';

  beforeAll(async () => {
    const [, code = ''] = /```js\n(.*?)```/s.exec(webhooks['webhook.test']?.post.description ?? '') ?? [];
    const onFreePort = code.replace('.listen(8080)', '.listen(0, function () { console.log(this.address().port) })');
    expect(onFreePort).not.toBe(code);
    receiver = spawn(process.execPath, ['--input-type=module', '--eval', onFreePort], {
      env: { ...process.env, WEBHOOK_SECRET: secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    receiver.stdout?.on('data', chunk => {
      written += chunk;
    });
    if (receiver.stdout !== null) await once(receiver.stdout, 'data');
    port = written.trim();
  });
  afterAll(async () => {
    const gone = once(receiver, 'exit');
    receiver.kill();
    await gone;
  });

  const send = (headers: Record<string, string>, text = body) =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: text, headers });

  test('takes what we sign, also while a secret is rotated', async () => {
    const id = newDeliveryId(Date.now());
    expect((await send(signedHeaders(id, body, [secret], new Date()))).status).toBe(204);
    expect((await send(signedHeaders(id, body, [newWebhookSecret(), secret], new Date()))).status).toBe(204);
    expect(written).toContain('webhook.test');
  });

  test('refuses what somebody else signed, what was changed, and what is old', async () => {
    const id = newDeliveryId(Date.now());
    const right = signedHeaders(id, body, [secret], new Date());
    expect((await send(signedHeaders(id, body, [newWebhookSecret()], new Date()))).status).toBe(400);
    expect((await send(right, body.replace('你好', '再见'))).status).toBe(400);
    expect((await send({ ...right, 'webhook-id': newDeliveryId(Date.now()) })).status).toBe(400);
    const old = new Date(Date.now() - 3_600_000);
    expect((await send(signedHeaders(id, body, [secret], old))).status).toBe(400);
    expect((await send({})).status).toBe(400);
  });
});
