import { TestWebhookBody, WebhookBody } from '@roleforge/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathItemObject, ZodOpenApiPathsObject } from 'zod-openapi';

/** The headers of Standard Webhooks 1.0, and the trace. */
const headers = z.object({
  'webhook-id': z
    .string()
    .describe('The delivery’s id, the same at every attempt: whoever keeps it for a few days knows a repetition by it'),
  'webhook-timestamp': z
    .string()
    .describe('When this attempt was made, in Unix seconds: refuse what is older than five minutes'),
  'webhook-signature': z
    .string()
    .describe(
      '`v1,` and HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` in base64; while a secret is rotated two of them, with a space between. One that is right is enough',
    ),
  traceparent: z
    .string()
    .optional()
    .describe('W3C Trace Context: the trace of the request whose end is told of. Not a part of what is signed'),
});

const VERIFYING = `**Check the signature** over the body as it came, before anything is parsed. In Node, with [standardwebhooks](https://www.standardwebhooks.com):

\`\`\`js
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET); // whsec_…
createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  try {
    const { type, timestamp, data } = webhook.verify(body, request.headers);
    console.log(timestamp, type, data);
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
}).listen(8080);
\`\`\`

The secret is that of the endpoint, shown when it was made or its secret rotated; for an address that a role creation named itself, that of \`GET /v1/webhook-secret\`.`;

const DELIVERING = `**Answer** any 2xx within 20 seconds, and do the work after it. Anything else is a failure: redirects are not followed, and an answer may have at most 64 KiB.
It is sent again after 5 seconds, 5 minutes, 30 minutes, and 2, 5, 10, 14, 20 and 24 hours, each a little more or less: ten attempts in a little more than three days. \`Retry-After\` is honoured, up to a day.
Then the delivery has failed; it can be asked for again, by one call for a single delivery, by another for all since a time.

**410** says that nothing more is wanted: the endpoint is disabled. So is one at which every attempt has failed for 5 days. \`disabledReason\` says why, and a \`PATCH\` with \`"enabled": true\` enables it again.

**At least once.** An answer that is lost on its way leads to a repetition, under the same \`webhook-id\`.

**In no promised order.** A later event may come before an earlier one that is being tried again. \`timestamp\` says when it happened; of two for the same role the one with the greater \`roleVersion\` is the newer.

**Only https, to addresses of the public internet.** The body holds ids, states and your own \`metadata\`, which is left out where the body would be larger than 20 kB: read the rest from the API.`;

const ENDS = {
  'role_creation.succeeded': 'A role creation has succeeded: `roleVersion` is the version that it made',
  'role_creation.failed': 'A role creation has failed for good',
  'role_creation.cancelled': 'A role creation was cancelled',
  'role_creation.expired': 'A role creation came to its deadline before it was done',
} as const satisfies Record<WebhookBody['type'], string>;

/** What is sent to those who are notified, for the `webhooks` of the OpenAPI document: made from the schemas of the bodies. */
export function webhookDocuments(): ZodOpenApiPathsObject {
  const documents: ZodOpenApiPathsObject = {};
  for (const [type, summary] of Object.entries(ENDS)) {
    const schema = WebhookBody.extend({ type: z.literal(type) });
    documents[type] = documentOf(type, summary, schema);
  }
  const tried = 'Sent when it is asked for, to try an endpoint';
  documents['webhook.test'] = documentOf('webhook.test', tried, TestWebhookBody);
  return documents;
}

function documentOf(type: string, summary: string, schema: z.ZodType): ZodOpenApiPathItemObject {
  return {
    post: {
      operationId: `on${type.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
      tags: ['Webhooks'],
      summary,
      description: `${VERIFYING}\n\n${DELIVERING}`,
      // It is the signature by which the receiver knows who is calling.
      security: [],
      requestParams: { header: headers },
      requestBody: { required: true, content: { 'application/json': { schema } } },
      responses: {
        '2XX': { description: 'Taken' },
        '3XX': { description: 'A failure: redirects are not followed' },
        '410': { description: 'Nothing more is to be sent here: the endpoint is disabled' },
        default: { description: 'A failure: it is sent again by the schedule' },
      },
    },
  };
}
