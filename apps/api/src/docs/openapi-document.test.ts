import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { forViewers, operatorRoute, route } from '../http/route.ts';
import { openApiDocument } from './openapi-document.ts';

const nothing = { 200: { description: 'Done', body: z.object({}) } };
const done = async () => ({ status: 200 });
const spec = { method: 'get' as const, tag: 'Things', summary: 'A thing', replies: nothing };

const { paths, components } = openApiDocument(
  [
    route({ ...spec, path: '/v1/scoped', operationId: 'a', scope: 'sources:write', description: 'It does.' }, done),
    route({ ...spec, path: '/v1/any', operationId: 'b', scope: null }, done),
    operatorRoute({ ...spec, path: '/admin/v1/things', operationId: 'c' }, done),
    forViewers(operatorRoute({ ...spec, path: '/admin/v1/sights', operationId: 'd' }, done)),
  ],
  '1.0.0',
) as {
  paths: Record<
    string,
    { get: { description?: string; security: object[]; responses: Record<string, { description: string }> } }
  >;
  components: { securitySchemes: Record<string, { type: string; scheme: string }> };
};

test('a call says which scope it needs, to people and to programs, and what is answered to a key without it', () => {
  const call = paths['/v1/scoped']?.get;
  expect(call?.description).toBe('It does.\n\nNeeds the scope `sources:write`.');
  expect(call?.security).toEqual([{ apiKey: ['sources:write'] }]);
  expect(call?.responses['403']?.description).toMatch(/`forbidden`.*`tenant_suspended`/);
});

test('a call for which any key will do is forbidden to a suspended tenant alone', () => {
  const call = paths['/v1/any']?.get;
  expect(call?.security).toEqual([{ apiKey: [] }]);
  expect(call?.responses['403']?.description).toMatch(/^`tenant_suspended`: [^`]*$/);
});

test('a call of the operator’s is made with the admin key, and forbidden to the viewer’s unless it is for viewers', () => {
  const call = paths['/admin/v1/things']?.get;
  expect(call?.security).toEqual([{ adminKey: [] }]);
  expect(call?.responses['403']?.description).toMatch(/^`forbidden`: [^`]*$/);
  const look = paths['/admin/v1/sights']?.get;
  expect(look?.security).toEqual([{ adminKey: [] }, { viewerKey: [] }]);
  expect(look?.description).toContain('The viewer’s key will do.');
  expect(Object.keys(look?.responses ?? {})).toEqual(expect.not.arrayContaining(['403']));
  expect(components.securitySchemes).toMatchObject({
    apiKey: { type: 'http', scheme: 'bearer' },
    adminKey: { type: 'http', scheme: 'bearer' },
  });
});
