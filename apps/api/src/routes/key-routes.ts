import { ApiKey, ApiKeyId, IssueApiKey, IssuedApiKey, RotateApiKey } from '@roleforge/contracts';
import { z } from 'zod';
import { type KeyNeeds, keyHandlers } from '../handlers/api-keys.ts';
import { type Route, route } from '../http/route.ts';

const tag = 'API keys';
const scope = 'tenant:admin' as const;
const byKey = z.object({ keyId: ApiKeyId });
const made = {
  201: {
    description: 'The new key: it is shown this once',
    body: IssuedApiKey,
    headers: z.object({ Location: z.string() }),
  },
};

/** A tenant's own keys. */
export function keyRoutes(needs: KeyNeeds): Route[] {
  const keys = keyHandlers(needs);
  return [
    route(
      {
        method: 'get',
        path: '/v1/api-keys',
        operationId: 'listApiKeys',
        scope,
        tag,
        summary: 'List API keys, those that have ended too',
        replies: {
          200: {
            description: 'All of them, in the order in which they were made',
            body: z.object({ items: z.array(ApiKey), nextCursor: z.null() }),
          },
        },
      },
      keys.list,
    ),
    route(
      {
        method: 'post',
        path: '/v1/api-keys',
        operationId: 'issueApiKey',
        scope,
        tag,
        summary: 'Make an API key',
        description: 'It can have no scope that the key has not which asks for it, and no wider limits.',
        body: IssueApiKey,
        replies: made,
      },
      keys.issue,
    ),
    route(
      {
        method: 'get',
        path: '/v1/api-keys/{keyId}',
        operationId: 'readApiKey',
        scope,
        tag,
        summary: 'See an API key',
        params: byKey,
        replies: { 200: { description: 'As it stands, without the key itself', body: ApiKey } },
        problems: ['not_found'],
      },
      keys.read,
    ),
    route(
      {
        method: 'post',
        path: '/v1/api-keys/{keyId}/rotate',
        operationId: 'rotateApiKey',
        scope,
        tag,
        summary: 'Put a new API key in the place of another one',
        description:
          'The new key has the name, the scopes and the limits of the old one, and the same time to live. The old one works on for the overlap, if ' +
          'it does not end sooner by itself, and names the new one in `rotatedTo`. A key is rotated once: of two calls at the same time, one is a conflict.',
        params: byKey,
        body: RotateApiKey.prefault({}),
        replies: made,
        problems: ['not_found', 'conflict'],
      },
      keys.rotate,
    ),
    route(
      {
        method: 'delete',
        path: '/v1/api-keys/{keyId}',
        operationId: 'revokeApiKey',
        scope,
        tag,
        summary: 'End an API key',
        description:
          'Within two seconds no process takes it any more, and the event streams that it opened are ended. A key may end itself. One that has been ' +
          'revoked stays as it is.',
        params: byKey,
        replies: { 200: { description: 'The key, which has ended', body: ApiKey } },
        problems: ['not_found'],
      },
      keys.revoke,
    ),
  ];
}
