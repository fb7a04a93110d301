import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditPage, SystemState } from '@roleforge/contracts';
import { createLogger } from '@roleforge/telemetry';
import { newLogFile } from '@roleforge/testkit';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi, type TestClient, VIEWER_KEY } from './api.fixture.ts';
import { eventually } from './eventually.fixture.ts';

let api: TestApi;
let operator: TestClient;
const levels: (string | null)[] = [];
beforeAll(async () => {
  const log = createLogger({ service: 'api', level: 'info', format: 'json', destination: newLogFile('api') });
  api = await startTestApi({}, { ...log, setLevel: level => void levels.push(level) });
  operator = api.clientOf(ADMIN_KEY);
  await eventually(async () => (await system()).logLevels !== null, 5_000);
});
afterAll(() => api.stop());

async function system(): Promise<SystemState> {
  return SystemState.parse(await (await operator.send('GET', '/admin/v1/system')).json());
}

const put = (body: object) => operator.send('PUT', '/admin/v1/system/log-level', body);

describe('what the processes log', () => {
  test('is changed for a while, for one service or for all, shown, noted, and taken back', async () => {
    const before = Date.now();
    const response = await put({ level: 'debug', service: 'api', untilSeconds: 600 });
    const { logLevels } = SystemState.parse(await response.json());
    expect([response.status, logLevels]).toEqual([
      200,
      { api: { level: 'debug', until: expect.any(String) }, worker: null },
    ]);
    const untilMs = Date.parse(logLevels?.api?.until ?? '');
    expect(untilMs).toBeGreaterThanOrEqual(before + 600_000);
    expect(untilMs).toBeLessThanOrEqual(Date.now() + 600_000);
    await eventually(async () => levels.at(-1) === 'debug', 2_000);

    await put({ level: 'error' });
    expect((await system()).logLevels).toMatchObject({ api: { level: 'error' }, worker: { level: 'error' } });
    await eventually(async () => levels.at(-1) === 'error', 2_000);
    await put({ level: null });
    expect((await system()).logLevels).toEqual({ api: null, worker: null });
    await eventually(async () => levels.at(-1) === null, 2_000);

    const audit = await operator.send('GET', '/admin/v1/audit?action=system.log_level_changed&limit=3');
    const { items } = AuditPage.parse(await audit.json());
    expect(items.map(({ actor, detail }) => [actor.id, detail])).toEqual([
      ['admin_key', { level: null, services: ['api', 'worker'] }],
      ['admin_key', { level: 'error', services: ['api', 'worker'], untilSeconds: 3_600 }],
      ['admin_key', { level: 'debug', services: ['api'], untilSeconds: 600 }],
    ]);
  });

  test('goes back by itself', async () => {
    await put({ level: 'debug', service: 'api', untilSeconds: 1 });
    await eventually(async () => levels.at(-1) === 'debug', 2_000);
    await eventually(async () => levels.at(-1) === null, 4_000);
    expect((await system()).logLevels).toEqual({ api: null, worker: null });
  });

  test('is changed neither by a viewer nor to what there is not', async () => {
    const asViewer = await api.clientOf(VIEWER_KEY).send('PUT', '/admin/v1/system/log-level', { level: 'debug' });
    expect([asViewer.status, (await problemOf(asViewer)).code]).toEqual([403, 'forbidden']);
    for (const body of [
      {},
      { level: 'trace' },
      { level: 'debug', service: 'migrate' },
      { level: 'debug', untilSeconds: 0 },
    ])
      expect((await put(body)).status).toBe(400);
  });
});
