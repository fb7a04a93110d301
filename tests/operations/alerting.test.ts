import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startWebhookReceiver, type WebhookReceiver } from '@roleforge/testkit';
import getPort from 'get-port';
import { beginJourney, type Journey, until } from '../journeys/journey.fixture.ts';
import { hurriedRules } from './hurried-rules.fixture.ts';
import { type Notification, startAlertmanager, startPrometheus, type TestPrometheus } from './prometheus.fixture.ts';
import { DEPLOY, readYaml, unknownNames } from './prometheus-rules.fixture.ts';

/** A minute of the rules is a second here. */
const TIMES = 60;
const QUICKLY = '500ms';

let journey: Journey;
let operators: WebhookReceiver;
let prometheus: TestPrometheus;
const closing: (() => Promise<void>)[] = [];
const workerPort = await getPort();

beforeAll(async () => {
  journey = await beginJourney();
  operators = await startWebhookReceiver();
  const alertmanager = await startAlertmanager(alertmanagerConfig(operators.url));
  const rules = hurriedRules(TIMES);
  prometheus = await startPrometheus(
    {
      global: { scrape_interval: QUICKLY, scrape_timeout: QUICKLY, evaluation_interval: QUICKLY },
      rule_files: Object.keys(rules),
      alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
      scrape_configs: [
        { job_name: 'roleforge-api', static_configs: [{ targets: [new URL(journey.url).host] }] },
        { job_name: 'roleforge-worker', static_configs: [{ targets: [`127.0.0.1:${workerPort}`] }] },
      ],
    },
    rules,
  );
  closing.push(alertmanager.close, operators.close, journey.close);
});

afterAll(async () => {
  await prometheus.close();
  for (const close of closing) await close();
});

/** The project's own, with an address of the operators', and in a hurry. */
function alertmanagerConfig(url: string): object {
  const config = readYaml<{ route: object }>(join(DEPLOY, 'alertmanager/alertmanager.yml'));
  return {
    ...config,
    route: { ...config.route, group_wait: '100ms', group_interval: QUICKLY },
    receivers: [{ name: 'operators', webhook_configs: [{ url, send_resolved: true }] }],
  };
}

/** Resolves with the next notification of an alert's that says so. */
async function told(alertname: string, status: 'firing' | 'resolved'): Promise<Notification['alerts'][number]> {
  for (;;) {
    const { alerts } = JSON.parse((await operators.next()).body) as Notification;
    const found = alerts.find(alert => alert.labels.alertname === alertname && alert.status === status);
    if (found !== undefined) return found;
  }
}

const firing = async () =>
  (await prometheus.query('ALERTS{alertstate="firing"}')).map(({ metric }) => metric.alertname).sort();
const comesTo = async (expr: string) => (await prometheus.query(expr)).length > 0;

test('when all workers stop and creations wait, the operators are told, and told again when it is over', async () => {
  const startWorker = () => journey.startWorker({ WORKER_HEALTH_PORT: String(workerPort) });
  const worker = await startWorker();
  const first = await journey.submit('tea-shop');
  expect((await journey.ended(first)).status).toBe('succeeded');
  await until(() => comesTo('max(roleforge_workers) == 1 and sum(up) == 2'));
  await until(() => comesTo('sum(roleforge_creations_ended_total{status="succeeded"}) >= 1'));
  // Prometheus was there first: what it missed until then is over, and nothing else is amiss.
  await until(async () => (await firing()).length === 0);
  await until(() => comesTo('count_over_time(up[5s]) >= 5'));
  expect(await firing()).toEqual([]);

  await worker.stop(10_000);
  const waiting = await Promise.all(Array.from({ length: 3 }, () => journey.submit('tea-shop')));
  expect(await told('RoleForgeNoWorkerTakesJobs', 'firing')).toMatchObject({
    labels: { severity: 'critical' },
    annotations: {
      summary: expect.stringMatching(/^[123] creations wait and none is begun$/),
      runbook_url: 'docs/runbook.md#roleforgenoworkertakesjobs',
    },
  });

  await startWorker();
  await told('RoleForgeNoWorkerTakesJobs', 'resolved');
  for (const creation of waiting) expect((await journey.ended(creation)).status).toBe('succeeded');
});

test('what the processes export is what is documented', async () => {
  const names = (await prometheus.query('group by (__name__) ({job=~"roleforge-.+"})')).map(
    ({ metric }) => metric.__name__ ?? '',
  );
  const own = names.filter(name => name.startsWith('roleforge_'));
  expect(own.length).toBeGreaterThan(40);
  expect(own.flatMap(name => unknownNames(name))).toEqual([]);
});
