import {
  ApiKey,
  IssueApiKey,
  IssuedApiKey,
  RotateApiKey,
  TenantKeyPage,
  TenantKeyParams,
  TenantParams,
} from '@roleforge/contracts';
import { type OperatorKeyNeeds, operatorKeyHandlers } from '../handlers/operator-keys.ts';
import { operatorRoute, type Route } from '../http/route.ts';

const ofTenant = '/admin/v1/tenants/{tenantId}/keys';

/** What the operator does with the keys of a tenant. */
export function operatorKeyRoutes(needs: OperatorKeyNeeds): Route[] {
  const keys = operatorKeyHandlers(needs);
  const issued = { 201: { description: 'The key, which is shown this once', body: IssuedApiKey } };
  const one = { tag: 'Operator', problems: ['not_found' as const] };
  return [
    operatorRoute(
      {
        ...one,
        method: 'get',
        path: ofTenant,
        operationId: 'listTenantKeys',
        summary: 'List the API keys of a tenant',
        description: 'All of them, those that have ended too, in the order in which they were made.',
        params: TenantParams,
        replies: { 200: { description: 'The keys, without the keys themselves', body: TenantKeyPage } },
      },
      keys.list,
    ),
    operatorRoute(
      {
        ...one,
        method: 'post',
        path: ofTenant,
        operationId: 'issueTenantKey',
        summary: 'Give a tenant another API key',
        params: TenantParams,
        body: IssueApiKey,
        replies: issued,
      },
      keys.issue,
    ),
    operatorRoute(
      {
        ...one,
        method: 'post',
        path: `${ofTenant}/{keyId}/rotate`,
        operationId: 'rotateTenantKey',
        summary: 'Put a new API key in the place of another',
        description:
          'The old one works on for `overlapSeconds`. One that has ended, or has been rotated before, answers 409.',
        params: TenantKeyParams,
        body: RotateApiKey.optional(),
        replies: issued,
        problems: ['not_found', 'conflict'],
      },
      keys.rotate,
    ),
    operatorRoute(
      {
        ...one,
        method: 'delete',
        path: `${ofTenant}/{keyId}`,
        operationId: 'revokeTenantKey',
        summary: 'End an API key',
        description: 'Within two seconds it is refused everywhere. It stays in the list. Doing so twice is harmless.',
        params: TenantKeyParams,
        replies: { 200: { description: 'The key as it ended', body: ApiKey } },
      },
      keys.revoke,
    ),
  ];
}
