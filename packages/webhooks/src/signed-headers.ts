import { Webhook } from 'standardwebhooks';

/** What is sent with a body, by the rules of Standard Webhooks 1.0. The time is in whole seconds, and that of the attempt. */
export type SignedHeaders = { 'webhook-id': string; 'webhook-timestamp': string; 'webhook-signature': string };

/**
 * Signs a message.
 * @param secrets `whsec_…`, the newest first; each makes a signature, any one of which lets a receiver trust the message
 */
export function signedHeaders(id: string, body: string, secrets: readonly string[], at: Date): SignedHeaders {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map(secret => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}
