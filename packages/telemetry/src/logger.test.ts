import { describe, expect, test } from '@jest/globals';
import { capturedLog } from './captured-log.fixture.ts';
import { silentLogger } from './logger.ts';

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;

describe('a log for machines', () => {
  test('has one object a line: time, level, service, message and fields', () => {
    const { log, lines } = capturedLog({ service: 'worker' });
    const before = Date.now();
    log.info('taken', { creationId: 'rc_1', attempt: 2 });
    log.warn('slow');
    const [taken, slow] = lines();
    expect(taken).toEqual({
      time: expect.any(String),
      level: 'info',
      service: 'worker',
      message: 'taken',
      creationId: 'rc_1',
      attempt: 2,
    });
    expect(new Date(String(taken?.time)).toISOString()).toBe(taken?.time);
    expect(Date.parse(String(taken?.time))).toBeGreaterThanOrEqual(before);
    expect(slow).toEqual({ time: expect.any(String), level: 'warn', service: 'worker', message: 'slow' });
  });

  test('keeps a message of several lines on one', () => {
    const { log, text, lines } = capturedLog();
    log.info('one\ntwo');
    expect(text().split('\n')).toHaveLength(2);
    expect(lines()).toMatchObject([{ message: 'one\ntwo' }]);
  });

  test('takes numbers that JSON has no form for', () => {
    const { log, lines } = capturedLog();
    log.info('counted', { rows: 10n });
    expect(lines()).toMatchObject([{ rows: '10' }]);
  });
});

describe.each(LEVELS)('at level %s', level => {
  test('a log has that level and the graver ones', () => {
    const { log, lines } = capturedLog({ level });
    for (const each of LEVELS) log[each]('said');
    expect(lines().map(line => line.level)).toEqual(LEVELS.slice(0, LEVELS.indexOf(level) + 1));
  });
});

test('a log changes its level while it is in use, goes back to the one that it was made with, and says so', () => {
  const { log, lines } = capturedLog({ level: 'warn' });
  const since = (before: number) => lines().slice(before);
  const after = (level: 'error' | 'debug' | null) => {
    const before = lines().length;
    log.setLevel(level);
    for (const each of LEVELS) log[each]('said');
    return since(before).map(({ message, to, level: at }) => (message === 'said' ? at : to));
  };
  expect(after('debug')).toEqual(['debug', ...LEVELS]);
  expect(after('error')).toEqual(['error', 'error']);
  expect(after('debug')).toEqual(['debug', ...LEVELS]);
  expect(after(null)).toEqual(['as configured', 'error', 'warn']);
});

describe('a log for people', () => {
  test('has the time of day, level, service, message and fields on a line', () => {
    const { log, text } = capturedLog({ format: 'pretty' });
    log.info('listening', { port: 3000, limits: { waiting: 5 }, absent: undefined, none: null });
    expect(text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}api {5}listening {2}port=3000 limits=\{"waiting":5\}\n$/);
  });

  test('has a line without fields end after the message', () => {
    const { log, text } = capturedLog({ format: 'pretty' });
    log.debug('ready');
    expect(text()).toMatch(/ debug api {5}ready\n$/);
  });

  test('shows an error’s stack beneath, and its cause’s beneath that', () => {
    const { log, text } = capturedLog({ format: 'pretty' });
    const error = new Error('not saved', { cause: new TypeError('no connection') });
    log.error('attempt failed', { error, creationId: 'rc_1' });
    const [head, first, ...rest] = text().split('\n');
    expect(head).toMatch(/ error api {5}attempt failed {2}creationId=rc_1$/);
    expect(first).toBe('    Error: not saved');
    expect(rest[0]).toMatch(/^ {8}at .*logger\.test\.ts:\d+/);
    expect(rest).toContain('    caused by TypeError: no connection');
  });

  test('does to no terminal what somebody else wrote, and keeps their line feeds from beginning a line', () => {
    const { log, raw } = capturedLog({ format: 'pretty' });
    const written = 'a\u001b[2J\u009b2J\r\nb\u2028c\u0007';
    log.warn(written, { field: written, nested: { written }, error: new Error(written) });
    const [head = '', ...rest] = raw().split('\n');
    expect(head).toContain('a\ufffd[2J\ufffd2J\ufffd\ufffdb\ufffdc\ufffd');
    for (const harm of ['\u001b[2J', '\u0007', '\u009b', '\r', '\u2028']) expect(raw()).not.toContain(harm);
    expect(rest.every(line => line === '' || line.startsWith('    '))).toBe(true);
  });

  test('shows what was thrown where it is no error', () => {
    const { log, text } = capturedLog({ format: 'pretty' });
    log.error('attempt failed', { error: 'out of luck' });
    expect(text()).toMatch(/attempt failed\n {4}string: out of luck\n$/);
  });
});

test('the silent logger takes every line', () => {
  for (const level of LEVELS) expect(silentLogger[level]('said', { error: new Error('x') })).toBeUndefined();
});
