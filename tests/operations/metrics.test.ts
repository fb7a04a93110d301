import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { API_METRICS, WORKER_METRICS } from '@roleforge/telemetry';
import { type MetricsText, provideTools, readMetricsText } from '@roleforge/testkit';
import { beginJourney, type Journey, until } from '../journeys/journey.fixture.ts';

let journey: Journey;
let promtool: string;
let pages: { api: string; worker: string };
beforeAll(async () => {
  [journey, { promtool }] = await Promise.all([beginJourney(), provideTools({ promtool: 'prometheus' })]);
  await journey.startWorker({ WORKER_HEALTH_PORT: '0' });
  const ready = () => journey.logOf('worker-1').find(line => line.message === 'worker ready');
  await until(() => ready() !== undefined);
  await journey.ended(await journey.submit('tea-shop'));
  await journey.call('GET', '/v1/nothing/here');
  const read = async (url: string) => (await fetch(url)).text();
  const worker = `http://127.0.0.1:${ready()?.healthPort}/metrics`;
  await until(async () => (await read(worker)).includes('roleforge_creations_ended_total{status="succeeded"} 1'));
  pages = { api: await read(`${journey.url}/metrics`), worker: await read(worker) };
});
afterAll(() => journey.close());

/** What `promtool check metrics` says of a page, and how it ends. */
async function check(page: string): Promise<{ code: number; said: string }> {
  const child = spawn(promtool, ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(page);
  const [[code], out, complaints] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { code, said: out + complaints };
}

/** Those of the names that prom-client and BullMQ give, which promtool would have otherwise. */
const NOT_OURS = /^(nodejs|process|bullmq)_/;

describe.each(['api', 'worker'] as const)('the page of a real %s', service => {
  test('is read by Prometheus, which finds nothing amiss with what is ours', async () => {
    const { code, said } = await check(pages[service]);
    const complaints = said.split('\n').filter(line => line !== '' && !NOT_OURS.test(line));
    expect(complaints).toEqual([]);
    expect([0, 3]).toContain(code);
  });

  test('has its catalogue and its process', () => {
    const page: MetricsText = readMetricsText(pages[service]);
    const catalogue = service === 'api' ? API_METRICS : WORKER_METRICS;
    expect([...page.families.keys()]).toEqual(expect.arrayContaining(Object.keys(catalogue)));
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_open_fds',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_heap_size_used_bytes',
    ])
      expect([name, page.value(name)]).toEqual([name, expect.any(Number)]);
  });
});

test('a page that is none is refused', async () => {
  expect((await check('roleforge_nonsense{ 1\n')).code).not.toBe(0);
});
