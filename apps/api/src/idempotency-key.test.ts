import { describe, expect, test } from '@jest/globals';
import { RequestProblem } from './http/problem.ts';
import { readIdempotencyKey } from './idempotency-key.ts';

describe('the Idempotency-Key header', () => {
  test.each([
    ['in quotes', '"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['bare', '8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['in quotes with what cannot stand bare', '"order 17, \\"a\\" \\\\ "', 'order 17, "a" \\ '],
    ['bare with odd characters', "a/b+c=;:!'~\\", "a/b+c=;:!'~\\"],
    ['as long as may be', `"${'k'.repeat(255)}"`, 'k'.repeat(255)],
    ['as long as may be with escapes', `"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
  ])('is read %s', (_, header, key) => {
    expect(readIdempotencyKey(header)).toBe(key);
  });

  test('is null where there is none', () => {
    expect(readIdempotencyKey(undefined)).toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['quotes around nothing', '""'],
    ['256 characters', 'k'.repeat(256)],
    ['256 characters in quotes', `"${'k'.repeat(256)}"`],
    ['a space', 'a b'],
    ['two headers joined', 'a, b'],
    ['two quoted headers joined', '"a", "b"'],
    ['a quote that is not closed', '"a'],
    ['a quote in the middle', '"a"b"'],
    ['an escape of something else', '"a\\n"'],
    ['a backslash at the end', '"a\\"'],
    ['parameters', '"a";v=1'],
    ['a character that is not ASCII', '"schlüssel"'],
    ['a tab', '"a\tb"'],
  ])('is refused with %s', (_, header) => {
    const refusal = (() => {
      try {
        return readIdempotencyKey(header);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(RequestProblem);
    expect(refusal).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/headers/idempotency-key' }] });
  });
});
