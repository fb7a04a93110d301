import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startTraceCollector, type TraceCollector } from '@roleforge/testkit';
import { capturedLog } from '../captured-log.fixture.ts';
import { inContext } from '../context.ts';
import { openTracing } from './open-tracing.ts';
import { noTracing } from './tracing.ts';
import type { TracingSettings } from './tracing-settings.ts';

const KEPT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const NOT_KEPT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;

let collector: TraceCollector;
let captured: ReturnType<typeof capturedLog>;
beforeEach(async () => {
  collector = await startTraceCollector();
  captured = capturedLog();
});
afterEach(() => collector.close());

const open = (given: Partial<TracingSettings> = {}, patienceMs = 2_000) =>
  openTracing(
    {
      url: `${collector.endpoint}/v1/traces`,
      headers: {},
      serviceName: null,
      resource: {},
      sampler: 'parentbased_always_on',
      ratio: 1,
      ...given,
    },
    { service: 'api', version: '1.2.3', log: captured.log, patienceMs },
  );

describe('with settings', () => {
  test('what was done is handed over at the end, under the process’s name and with the headers that were set', async () => {
    const tracing = await open({ headers: { 'x-key': 'k' } });
    await tracing.span('a', { parent: KEPT, kind: 'server', fields: { 'a.b': 1.5, c: true, d: null } }, async () => {});
    await tracing.close();
    expect(collector.spans()).toMatchObject([
      { name: 'a', kind: 2, parentId: 'b'.repeat(16), service: 'roleforge-api', attributes: { 'a.b': 1.5, c: true } },
    ]);
    expect(collector.requests[0]).toMatchObject({ 'x-key': 'k', 'content-type': 'application/x-protobuf' });
  });

  test('the name and the attributes of the process can be set', async () => {
    const tracing = await open({ serviceName: 'mine', resource: { 'service.name': 'other', team: 'tea' } });
    await tracing.span('a', { parent: null }, async () => {});
    await tracing.close();
    expect(collector.spans()).toMatchObject([{ service: 'mine' }]);
    expect(collector.bytes().toString()).toContain('team');
  });

  test.each([
    ['always_on', 1, [1, 1, 1]],
    ['always_off', 1, [0, 0, 0]],
    ['traceidratio', 0, [0, 0, 0]],
    ['parentbased_always_on', 1, [1, 0, 1]],
    ['parentbased_always_off', 1, [1, 0, 0]],
    ['parentbased_traceidratio', 0, [1, 0, 0]],
    ['parentbased_traceidratio', 1, [1, 0, 1]],
  ] as const)('%s with %d keeps of a kept parent’s, another’s and none’s: %j', async (sampler, ratio, kept) => {
    const tracing = await open({ sampler, ratio });
    for (const [name, parent] of Object.entries({ kept: KEPT, other: NOT_KEPT, none: null }))
      await tracing.span(name, { parent }, async () => {});
    await tracing.close();
    const names = collector.spans().map(({ name }) => name);
    expect(['kept', 'other', 'none'].map(name => Number(names.includes(name)))).toEqual(kept);
  });

  test('a statement is a span of the work that it is for', async () => {
    const tracing = await open();
    expect(tracing.onStatement?.('SELECT 1')).toBeNull();
    await tracing.span('a', { parent: KEPT }, async () => {
      tracing.onStatement?.('SELECT x FROM t WHERE y = ?')?.(undefined);
      tracing.onStatement?.('DELETE FROM t')?.(Object.assign(new Error('x'), { code: 'ER_NO' }));
    });
    await tracing.close();
    const [a] = collector.spans().filter(({ name }) => name === 'a');
    expect(collector.spans().map(({ name, parentId, failed }) => [name, parentId === a?.id, failed])).toEqual(
      expect.arrayContaining([
        ['SELECT t', true, false],
        ['DELETE t', true, true],
      ]),
    );
  });
});

describe('a collector', () => {
  test('that refuses is complained of once, and told of when it is back, whoever’s spans were sent', async () => {
    collector.answerWith(400);
    const tracing = await open();
    const work = () => inContext({ requestId: 'req-1' }, () => tracing.span('a', { parent: null }, async () => {}));
    await work();
    while (captured.lines().length === 0) await nextRequest();
    await work();
    await nextRequest();
    collector.answerWith(200);
    await work();
    await collector.until(spans => spans.length > 0);
    await tracing.close();
    expect(captured.lines().map(({ level, requestId }) => [level, requestId])).toEqual([
      ['warn', undefined],
      ['info', undefined],
    ]);
  });

  test.each(['nothing', 503, 'is gone'] as const)('that answers %s holds nobody up', async answer => {
    if (answer === 'is gone') await collector.close();
    else collector.answerWith(answer);
    // What the exporter waits for ends with its process.
    const took = await run(`
      const { openTracing, silentLogger: log } = await import('@roleforge/telemetry');
      const url = '${collector.endpoint}/v1/traces';
      const settings = { url, headers: {}, resource: {}, serviceName: null, sampler: 'always_on', ratio: 1 };
      const tracing = await openTracing(settings, { service: 'api', version: '1', log, patienceMs: 300 });
      for (let n = 0; n < 5_000; n += 1) await tracing.span('a', { parent: null }, async () => {});
      const stopping = performance.now();
      await tracing.close();
      console.log(performance.now() - stopping);
      process.exit(0);`);
    // The exporter by itself would try for ten.
    expect(Number(took)).toBeLessThan(6_000);
    if (answer === 'is gone') collector = await startTraceCollector();
  });

  /** Resolves when the collector was asked once more than now. */
  async function nextRequest(): Promise<void> {
    const before = collector.requests.length;
    while (collector.requests.length === before) await new Promise(resolve => setTimeout(resolve, 20));
  }
});

describe('without settings', () => {
  test('everything is done, and nothing told', async () => {
    const tracing = await openTracing(null, { service: 'api', version: '1', log: captured.log, patienceMs: 1 });
    expect(tracing).toBe(noTracing);
    const work = async () => 'done';
    expect(await tracing.span('a', { parent: KEPT }, work)).toBe('done');
    const origins = () => {
      throw new Error('nobody asks for them');
    };
    expect(await tracing.together('b', origins, {}, work)).toBe('done');
    expect(await tracing.close()).toBeUndefined();
  });

  test('no SDK is loaded', async () => {
    const program = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const { openTracing } = await import('@roleforge/telemetry');
      const about = { service: 'api', version: '1', log: console, patienceMs: 1 };
      const of = () => loaded.filter(url => /@opentelemetry\\/(?!api\\/)/.test(url)).length;
      await openTracing(null, about);
      const without = of();
      const url = 'http://127.0.0.1:9/v1/traces';
      await openTracing({ url, headers: {}, resource: {}, serviceName: null, sampler: 'always_on', ratio: 1 }, about);
      console.log(JSON.stringify([without, of() > 10]));
      process.exit(0);`;
    expect(JSON.parse(await run(program))).toEqual([0, true]);
  });
});

/** Runs a program in a process of its own; resolves with what it prints. */
async function run(program: string): Promise<string> {
  const options = { cwd: import.meta.dirname };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], options);
  return stdout;
}
