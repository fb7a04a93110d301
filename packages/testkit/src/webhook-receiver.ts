import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { noteSecret } from './secrets-of-run.ts';

/** One request that a receiver got. */
export type ReceivedWebhook = {
  /** The headers `webhook-id` and `webhook-timestamp`; empty where they are missing. */
  id: string;
  timestamp: string;
  headers: IncomingHttpHeaders;
  /** As it came, byte for byte. */
  body: string;
  /** Whether one of its signatures is right; null where the receiver was given no secret. */
  verified: boolean | null;
};

/** A status, or a status with headers. */
export type WebhookAnswer = number | { status: number; headers?: Record<string, string>; body?: string };

/** Where a tenant's system takes webhooks: a real HTTP server, which answers 204 unless it is told otherwise. */
export type WebhookReceiver = {
  url: string;
  /** All that came, in the order of arrival. */
  received: ReceivedWebhook[];
  /** Resolves with the first request that no earlier call of this has resolved with. */
  next(): Promise<ReceivedWebhook>;
  /** Answers with these in turn, and with the last of them from then on; or with what the function says. */
  answerWith(answers: readonly WebhookAnswer[] | ((received: ReceivedWebhook) => WebhookAnswer)): void;
  /** Takes requests, and answers none of them until it is told what to answer. */
  hang(): void;
  /** Breaks off what is open. */
  close(): Promise<void>;
};

/** Starts a receiver on a port of its own. @param secret `whsec_…`, to check signatures with */
export async function startWebhookReceiver({ secret }: { secret?: string } = {}): Promise<WebhookReceiver> {
  if (secret !== undefined) noteSecret(secret);
  const received: ReceivedWebhook[] = [];
  const awaiting: ((webhook: ReceivedWebhook) => void)[] = [];
  let handed = 0;
  let answer: ((webhook: ReceivedWebhook) => WebhookAnswer) | null = () => 204;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const { headers } = request;
    const webhook: ReceivedWebhook = {
      id: String(headers['webhook-id'] ?? ''),
      timestamp: String(headers['webhook-timestamp'] ?? ''),
      headers,
      body,
      verified: secret === undefined ? null : isSigned(headers, body, secret),
    };
    const given = answer?.(webhook) ?? null;
    received.push(webhook);
    const waiter = awaiting.shift();
    if (waiter !== undefined) {
      handed += 1;
      waiter(webhook);
    }
    if (given === null) return;
    const { status, headers: extra = {}, body: text } = typeof given === 'number' ? { status: given } : given;
    response.writeHead(status, extra).end(text);
  };
  const server = createServer((request, response) => {
    // One that was broken off on its way here is no request.
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    next() {
      const there = received[handed];
      if (there === undefined) return new Promise(resolve => void awaiting.push(resolve));
      handed += 1;
      return Promise.resolve(there);
    },
    answerWith(answers) {
      if (typeof answers === 'function') {
        answer = answers;
        return;
      }
      const left = [...answers];
      answer = () => (left.length > 1 ? left.shift() : left[0]) ?? 204;
    },
    hang() {
      answer = null;
    },
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Standard Webhooks 1.0 once more, so that a receiver does not check a signature with what made it. */
function isSigned(headers: IncomingHttpHeaders, body: string, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature'] ?? '')
    .split(' ')
    .includes(expected);
}
