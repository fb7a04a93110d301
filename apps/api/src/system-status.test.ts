import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SystemStatus } from '@roleforge/contracts';
import { startTestApi, type TestApi } from './api.fixture.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const status = async () => SystemStatus.parse(await (await fetch(`${api.url}/v1/status`)).json());

describe('GET /v1/status', () => {
  test('x', async () => {
    console.log(JSON.stringify(await status(), null, 1));
    console.log(await (await fetch(`${api.url}/status`)).text());
  });
});
