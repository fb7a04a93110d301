import {
  type ChangeWebhookEndpoint,
  type CreateWebhookEndpoint,
  MOST_WEBHOOK_ENDPOINTS,
  RotateSecret,
  type WebhookEndpointId,
} from '@roleforge/contracts';
import {
  changeWebhookEndpoint,
  createWebhookEndpoint,
  type Database,
  findWebhookEndpoint,
  listWebhookEndpoints,
  removeWebhookEndpoint,
  rotateEndpointSecret,
} from '@roleforge/db';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import { addressRefusal, type RefusedUrl } from '../refused-address.ts';

export type WebhookEndpointNeeds = { database: Database; refusedUrl: RefusedUrl; clock: () => Date };

type ById = { endpointId: WebhookEndpointId };

/** An answer that holds a secret is kept by nobody on the way. */
export const SECRET_HEADERS = { 'Cache-Control': 'no-store' };

export function webhookEndpointHandlers({ database, refusedUrl, clock }: WebhookEndpointNeeds) {
  function refuse(url: string | undefined): void {
    const refusal = addressRefusal(refusedUrl, url, '/url');
    if (refusal !== null) throw refusal;
  }

  return {
    async create({ body }: Input<unknown, unknown, CreateWebhookEndpoint>, caller: Caller): Promise<Reply> {
      refuse(body.url);
      const deed = { doer: caller, now: clock() };
      const endpoint = await createWebhookEndpoint(database, caller.tenantId, body, deed);
      if (endpoint === null)
        throw new RequestProblem(
          'conflict',
          `A tenant has at most ${MOST_WEBHOOK_ENDPOINTS} endpoints: delete one first.`,
        );
      const headers = { Location: `/v1/webhook-endpoints/${endpoint.id}`, ...SECRET_HEADERS };
      return { status: 201, body: endpoint, headers };
    },

    async list(_: Input<unknown, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const items = await listWebhookEndpoints(database, tenantId, clock());
      return { status: 200, body: { items, nextCursor: null } };
    },

    async read({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const endpoint = await findWebhookEndpoint(database, tenantId, params.endpointId, clock());
      if (endpoint === null) throw notFound('webhook endpoint');
      return { status: 200, body: endpoint };
    },

    async change({ params, body }: Input<ById, unknown, ChangeWebhookEndpoint>, caller: Caller): Promise<Reply> {
      refuse(body.url);
      const deed = { doer: caller, now: clock() };
      const endpoint = await changeWebhookEndpoint(database, caller.tenantId, params.endpointId, body, deed);
      if (endpoint === null) throw notFound('webhook endpoint');
      return { status: 200, body: endpoint };
    },

    async remove({ params }: Input<ById, unknown, unknown>, caller: Caller): Promise<Reply> {
      const deed = { doer: caller, now: clock() };
      if (!(await removeWebhookEndpoint(database, caller.tenantId, params.endpointId, deed)))
        throw notFound('webhook endpoint');
      return { status: 204 };
    },

    async rotateSecret(
      { params, body }: Input<ById, unknown, RotateSecret | undefined>,
      caller: Caller,
    ): Promise<Reply> {
      const deed = { doer: caller, now: clock() };
      const overlapMs = (body ?? RotateSecret.parse({})).overlapSeconds * 1_000;
      const endpoint = await rotateEndpointSecret(database, caller.tenantId, params.endpointId, overlapMs, deed);
      if (endpoint === null) throw notFound('webhook endpoint');
      return { status: 200, body: endpoint, headers: SECRET_HEADERS };
    },
  };
}
