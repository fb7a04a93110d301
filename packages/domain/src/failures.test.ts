import { describe, expect, test } from '@jest/globals';
import { CreationError, FAILURES, type FailureCode } from '@roleforge/contracts';
import { AttemptSuperseded, CreationFailure, StoreUnavailable, toCreationFailure } from './failures.ts';

describe('a failure', () => {
  test.each(Object.keys(FAILURES) as FailureCode[])('%s has the owner that the table names', code => {
    expect(new CreationFailure(code, 'It failed.')).toMatchObject({ code, ...FAILURES[code] });
  });

  test('shows its code, message and owner, and neither its cause nor its stack', () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.7:3306');
    const failure = new CreationFailure('store_unavailable', 'The database did not answer.', {
      cause,
      retryAfterMs: 5,
    });
    const shown = JSON.parse(JSON.stringify(failure));
    expect(shown).toEqual({
      code: 'store_unavailable',
      message: 'The database did not answer.',
      owner: 'service',
      retryable: true,
    });
    expect(CreationError.strict().parse(shown)).toEqual(shown);
    expect(failure.cause).toBe(cause);
  });
});

describe('an error as a failure', () => {
  test('stays what it is when it is one', () => {
    const failure = new CreationFailure('provider_limited', 'The provider answered 429.', { retryAfterMs: 1 });
    expect(toCreationFailure(failure)).toBe(failure);
  });

  test('is the store’s when MySQL did not answer', () => {
    const cause = new StoreUnavailable('MySQL did not answer within 5000 ms.');
    expect(toCreationFailure(cause)).toMatchObject({
      code: 'store_unavailable',
      owner: 'service',
      retryable: true,
      cause,
    });
  });

  test.each([
    ['an unknown error', new TypeError('secret detail')],
    ['a lost hold on the creation', new AttemptSuperseded('secret detail')],
    ['what is no error', 'secret detail'],
    ['nothing', undefined],
  ])('is ours when it is %s, and shows nothing of it', (_, error) => {
    const failure = toCreationFailure(error);
    expect(failure).toMatchObject({ code: 'internal_error', owner: 'service', retryable: true });
    expect(failure.cause).toBe(error);
    expect(JSON.stringify(failure)).not.toContain('secret');
  });
});
