import { tracingChannel } from 'node:diagnostics_channel';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { NO_SPAN } from '../tracing.ts';
import { holdBack } from './held-back.ts';
import { watchRedis } from './redis-spans.ts';
import { createSpans } from './spans.ts';

const traceparent = (trace: string, flags = '01') => `00-${trace.repeat(32)}-${'b'.repeat(16)}-${flags}`;
const remote = { parent: traceparent('a') };

let exporter: InMemorySpanExporter;
let spans: ReturnType<typeof createSpans>;
beforeEach(() => {
  exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [holdBack(new SimpleSpanProcessor({ exporter }))] });
  spans = createSpans(provider.getTracer('test'));
});

/** Each span with the name of the one above it, or the id of one from elsewhere. */
function told(): Record<string, string> {
  const all = exporter.getFinishedSpans();
  const names = new Map(all.map(span => [span.spanContext().spanId, span.name]));
  return Object.fromEntries(
    all.map(({ name, parentSpanContext: above }) => [
      name,
      above === undefined ? '' : (names.get(above.spanId) ?? above.spanId),
    ]),
  );
}
const one = (name: string) => exporter.getFinishedSpans().find(span => span.name === name);

describe('a span', () => {
  test('belongs to the trace that it is told of, and what is done within it to it', async () => {
    await spans.span('a', remote, async () => {
      await nextTurn();
      await Promise.all(['b', 'c'].map(name => spans.span(name, {}, () => nextTurn())));
    });
    expect(told()).toEqual({ a: 'b'.repeat(16), b: 'a', c: 'a' });
    expect(one('c')?.spanContext().traceId).toBe('a'.repeat(32));
  });

  test.each([null, '', 'nonsense', traceparent('0')])('with %j for a parent begins a trace', async parent => {
    await spans.span('a', { parent }, async ({ traceparent: own }) => {
      expect(own).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    });
    expect(told()).toEqual({ a: '' });
  });

  test('is none where nothing above it is traced, or that has ended', async () => {
    const work = async () => 'done';
    expect(await spans.span('a', {}, work)).toBe('done');
    await spans.span('unsampled', { parent: traceparent('a', '00') }, () => spans.span('b', {}, work));
    let later: Promise<string> | undefined;
    await spans.span('c', remote, async () => {
      later = nextTurn().then(() => spans.span('d', {}, work));
    });
    await later;
    expect(told()).toEqual({ c: 'b'.repeat(16) });
  });

  test('that is not kept still says which trace goes on', async () => {
    await spans.span('a', { parent: traceparent('a', '00') }, async span => {
      expect(span.traceparent).toMatch(/^00-a{32}-[0-9a-f]{16}-00$/);
    });
  });

  test.each([
    [Object.assign(new Error('what a customer wrote'), { code: 'ER_DUP_ENTRY' }), 'ER_DUP_ENTRY'],
    [new TypeError('what a customer wrote'), 'TypeError'],
    [Object.assign(new Error('x'), { code: 'what a customer wrote', name: 'so too' }), '_OTHER'],
    ['what a customer wrote', '_OTHER'],
  ])('whose work throws %p is marked %s, and what was said stays here', async (error, type) => {
    const thrown = spans.span('a', remote, () => Promise.reject(error));
    await expect(thrown).rejects.toBe(error);
    expect(one('a')?.attributes).toEqual({ 'error.type': type });
    expect(one('a')?.status).toEqual({ code: 2 });
    expect(one('a')?.events).toEqual([]);
  });

  test('that is held back is told of as it goes, once it is known to be kept', async () => {
    await spans.span('a', { ...remote, heldBack: true }, async span => {
      await spans.span('before', {}, () => nextTurn());
      expect(told()).toEqual({});
      span.keep();
      expect(Object.keys(told())).toEqual(['before']);
      await spans.span('after', {}, () => nextTurn());
      expect(Object.keys(told())).toEqual(['before', 'after']);
      span.discard();
    });
    expect(told()).toEqual({ before: 'a', after: 'a', a: 'b'.repeat(16) });
  });

  test('that is held back is told of with all beneath it when it ends, or not at all', async () => {
    const work = (discard: boolean) =>
      spans.span(discard ? 'dropped' : 'kept', { ...remote, heldBack: true }, async span => {
        await spans.span(`beneath ${discard}`, {}, () => nextTurn());
        expect(told()).not.toHaveProperty([`beneath ${discard}`]);
        if (discard) span.discard();
      });
    await work(true);
    expect(told()).toEqual({});
    await work(false);
    expect(told()).toEqual({ kept: 'b'.repeat(16), 'beneath false': 'kept' });
  });
});

describe('work for many', () => {
  test('is a span in the trace of each, and stands in that of the first', async () => {
    const origins = [traceparent('1', '00'), traceparent('2'), null, traceparent('3'), traceparent('2')];
    await spans.span('caller', remote, () =>
      spans.together(
        'commit',
        () => origins,
        {},
        () => spans.span('INSERT', {}, () => nextTurn()),
      ),
    );
    const commits = exporter.getFinishedSpans().filter(({ name }) => name === 'commit');
    expect(commits.map(span => span.spanContext().traceId)).toEqual(['2'.repeat(32), '3'.repeat(32)]);
    const [first, second] = commits;
    expect(one('INSERT')?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
    expect(second?.links.map(({ context }) => context.spanId)).toEqual([first?.spanContext().spanId]);
  });

  test('who are not traced leaves no span in the trace of whoever does it', async () => {
    await spans.span('caller', remote, () =>
      spans.together(
        'commit',
        () => [null],
        {},
        () => spans.span('INSERT', {}, () => nextTurn()),
      ),
    );
    expect(told()).toEqual({ caller: 'b'.repeat(16) });
  });

  test('that fails has failed for each', async () => {
    const failed = spans.together(
      'commit',
      () => [traceparent('1'), traceparent('2')],
      {},
      () => Promise.reject(new RangeError('x')),
    );
    await expect(failed).rejects.toThrow('x');
    expect(exporter.getFinishedSpans().map(({ status }) => status.code)).toEqual([2, 2]);
  });
});

describe('Redis commands', () => {
  const channel = tracingChannel<unknown, object>('ioredis:command');
  const send = (command: string, answer: Promise<unknown> = nextTurn()) =>
    channel.tracePromise(() => answer, { command, args: ['what a customer wrote'], serverPort: 1 }).catch(() => {});

  test('are spans of the work that sends them, without what they carry, until that is ended', async () => {
    const unwatch = watchRedis(spans.begin);
    await send('ping');
    await spans.span('a', remote, async () => {
      await send('get');
      await send('set', Promise.reject(Object.assign(new Error('x'), { name: 'ReplyError' })));
      unwatch();
      await send('del');
    });
    expect(told()).toEqual({ a: 'b'.repeat(16), get: 'a', set: 'a' });
    expect(one('get')?.attributes).toEqual({
      'db.system.name': 'redis',
      'db.operation.name': 'get',
      'server.port': 1,
    });
    expect(one('set')?.attributes).toMatchObject({ 'error.type': 'ReplyError' });
  });

  test('of which there are hundreds in one piece of work are shown in part', async () => {
    const unwatch = watchRedis(spans.begin);
    await spans.span('a', remote, () => Promise.all(Array.from({ length: 300 }, () => send('evalsha'))));
    unwatch();
    expect(exporter.getFinishedSpans().filter(({ name }) => name === 'evalsha')).toHaveLength(32);
    expect(one('a')?.attributes).toEqual({ 'roleforge.calls.cut': true });
  });
});

test('the span of what is not traced takes everything', () => {
  const answers = [NO_SPAN.set({ a: 1 }), NO_SPAN.fail('x'), NO_SPAN.keep(), NO_SPAN.discard()];
  expect(answers).toEqual(answers.map(() => undefined));
});
