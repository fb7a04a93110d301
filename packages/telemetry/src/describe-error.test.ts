import { describe, expect, test } from '@jest/globals';
import { capturedLog } from './captured-log.fixture.ts';
import { describeError } from './describe-error.ts';

/** As a database driver throws it. */
const driverError = () =>
  Object.assign(new Error('Duplicate entry'), {
    code: 'ER_DUP_ENTRY',
    errno: 1062,
    sql: "INSERT INTO tenants VALUES ('private')",
    sqlMessage: 'private',
    config: { password: 'private' },
  });

describe('the description of an error', () => {
  test('is its name, code, message and stack', () => {
    const error = driverError();
    expect(describeError(error)).toEqual({
      name: 'Error',
      code: 'ER_DUP_ENTRY',
      message: 'Duplicate entry',
      stack: error.stack,
    });
  });

  test('holds none of a driver’s other properties, in a log neither, nor in a cause', () => {
    for (const format of ['json', 'pretty'] as const) {
      const { log, text } = capturedLog({ format });
      log.error('not saved', { error: driverError() });
      log.error('not saved', { error: new Error('wrapped', { cause: driverError() }) });
      expect(text()).toContain('Duplicate entry');
      expect(text()).not.toContain('private');
    }
  });

  test('leaves out a code that is no text', () => {
    expect(describeError(Object.assign(new Error('x'), { code: 7 }))).not.toHaveProperty('code');
  });

  test('has the name of its class', () => {
    expect(describeError(new RangeError('x')).name).toBe('RangeError');
  });

  test('has the whole chain of causes, whatever they are', () => {
    const error = new Error('top', { cause: new Error('middle', { cause: 'bottom' }) });
    expect(describeError(error)).toMatchObject({
      message: 'top',
      cause: { message: 'middle', cause: { name: 'string', message: 'bottom' } },
    });
  });

  test('stops at the fourth cause, also where causes go round in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    const described = JSON.parse(JSON.stringify(describeError(error)));
    expect(described.cause.cause.cause.cause.message).toBe('round');
    expect(described.cause.cause.cause.cause).not.toHaveProperty('cause');
  });

  test.each([
    ['a text', 'out of luck', { name: 'string', message: 'out of luck' }],
    ['a number', 7, { name: 'number', message: '7' }],
    ['nothing', null, { name: 'object', message: 'null' }],
  ])('of %s says what it is', (_, thrown, description) => {
    expect(describeError(thrown)).toEqual(description);
  });
});
