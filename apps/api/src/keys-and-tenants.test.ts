import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problemOf, startTestApi, type TestApi } from './api.fixture.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

describe('a request without a good key', () => {
  test.each([
    ['no header', undefined],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['no key', 'Bearer '],
    ['an unknown key', 'Bearer rf_live_nobody_has_this_one'],
    ['a key with something after it', 'Bearer a b'],
  ])('%s gets the same 401', async (_, authorization) => {
    const response = await fetch(`${api.url}/v1/role-creations`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="roleforge"');
    const { requestId, ...problem } = await problemOf(response);
    expect(requestId).toBe(response.headers.get('x-request-id'));
    expect(problem).toEqual({
      type: 'urn:roleforge:problem:unauthenticated',
      title: 'A valid key is needed',
      status: 401,
      detail: 'Send a valid API key as Authorization: Bearer <key>.',
      instance: '/v1/role-creations',
      code: 'unauthenticated',
    });
  });

  test('is turned away before its body is looked at', async () => {
    const response = await fetch(`${api.url}/v1/role-creations`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'text/plain' },
    });
    expect(response.status).toBe(401);
  });
});

describe('another tenant’s things', () => {
  test('do not exist: 404 for each address, and empty lists', async () => {
    const owner = await api.newClient();
    const stranger = await api.newClient();
    const creation = await owner.submit({ taskId: 'mine' });
    await owner.send('PUT', '/v1/tasks/mine/base-info', { name: 'Mine', locale: 'en' });
    await owner.send('PUT', '/v1/strategies/mine', {});
    for (const path of [
      `/v1/role-creations/${creation.id}`,
      `/v1/role-creations/${creation.id}/events`,
      `/v1/roles/${creation.roleId}`,
      `/v1/roles/${creation.roleId}/versions`,
      `/v1/roles/${creation.roleId}/versions/1`,
      '/v1/tasks/mine/base-info',
      '/v1/strategies/mine',
    ]) {
      const response = await stranger.send('GET', path);
      expect([path, response.status]).toEqual([path, 404]);
      expect((await problemOf(response)).code).toBe('not_found');
    }
    for (const path of ['/v1/role-creations', '/v1/roles'])
      expect(await (await stranger.send('GET', path)).json()).toEqual({ items: [], nextCursor: null });
    expect((await stranger.send('DELETE', '/v1/tasks/mine/base-info')).status).toBe(404);
    expect((await owner.send('GET', '/v1/tasks/mine/base-info')).status).toBe(200);
  });

  test('two tenants’ tasks of one name are two roles', async () => {
    const [a, b] = [await api.newClient(), await api.newClient()];
    const [first, second] = [await a.submit({ taskId: 'tea-shop' }), await b.submit({ taskId: 'tea-shop' })];
    expect(first.roleId).not.toBe(second.roleId);
  });
});
