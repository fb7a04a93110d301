import { describe, expect, test } from '@jest/globals';
import { CreationFailure } from '@roleforge/domain';
import { APICallError, InvalidResponseDataError } from 'ai';
import { failureOfCall } from './call-failure.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const SECRET = 'sk-secret and a customer’s words';

/** As the SDK reports it, with secrets wherever it keeps what was sent or said. */
function callError(statusCode?: number, rest: Partial<ConstructorParameters<typeof APICallError>[0]> = {}) {
  return new APICallError({
    message: SECRET,
    url: 'http://provider/v1/chat/completions',
    requestBodyValues: { messages: [SECRET] },
    responseBody: SECRET,
    ...(statusCode === undefined ? {} : { statusCode }),
    ...rest,
  });
}

const coded = (code: string) => Object.assign(new Error(SECRET), { code });

describe('a failed call', () => {
  test.each([
    ['429', callError(429), 'provider_limited'],
    ['503', callError(503), 'provider_limited'],
    ['529', callError(529), 'provider_limited'],
    ['408', callError(408), 'provider_timeout'],
    ['504', callError(504), 'provider_timeout'],
    ['500', callError(500), 'provider_unavailable'],
    ['502', callError(502), 'provider_unavailable'],
    ['401', callError(401), 'provider_denied'],
    ['403', callError(403), 'provider_denied'],
    ['400', callError(400), 'provider_denied'],
    ['402', callError(402), 'provider_denied'],
    ['404', callError(404), 'provider_denied'],
    ['422', callError(422), 'provider_denied'],
    ['400 from a content filter', callError(400, { data: { error: { code: 'content_filter' } } }), 'content_filtered'],
    ['200 that is not JSON', callError(200, { cause: new SyntaxError(SECRET) }), 'provider_unavailable'],
    ['200 cut off', callError(200, { cause: coded('UND_ERR_SOCKET') }), 'provider_unavailable'],
    ['200 that stalled', callError(200, { cause: coded('UND_ERR_BODY_TIMEOUT') }), 'provider_timeout'],
    ['a refused connection', callError(undefined, { cause: coded('ECONNREFUSED') }), 'provider_unavailable'],
    ['a reset connection', callError(undefined, { cause: coded('ECONNRESET') }), 'provider_unavailable'],
    ['an unknown host', callError(undefined, { cause: coded('ENOTFOUND') }), 'provider_unavailable'],
    [
      'a bad certificate',
      callError(undefined, { cause: coded('DEPTH_ZERO_SELF_SIGNED_CERT') }),
      'provider_unavailable',
    ],
    ['what is not HTTP', callError(undefined, { cause: coded('HPE_INVALID_CONSTANT') }), 'provider_unavailable'],
    ['an address that is none', coded('ERR_INVALID_URL'), 'internal_error'],
    ['a slow connect', callError(undefined, { cause: coded('UND_ERR_CONNECT_TIMEOUT') }), 'provider_timeout'],
    ['a clock', new DOMException(SECRET, 'TimeoutError'), 'provider_timeout'],
    ['no choices', new InvalidResponseDataError({ data: SECRET, message: SECRET }), 'provider_unavailable'],
    ['a fault of ours', new TypeError(SECRET), 'internal_error'],
  ] as const)('with %s', (_, error, code) => {
    const failure = failureOfCall(error, NOW);
    expect(failure.code).toBe(code);
    expect(failure.message).not.toContain(SECRET);
  });

  test('keeps no more of the SDK’s error than the network’s own', () => {
    const reset = coded('ECONNRESET');
    expect(failureOfCall(callError(undefined, { cause: reset }), NOW).cause).toBe(reset);
    expect(failureOfCall(callError(500), NOW).cause).toBeUndefined();
  });

  test.each([429, 503, 529])('with %i carries the wait that was asked for, and none where none was', status => {
    expect(failureOfCall(callError(status, { responseHeaders: { 'retry-after': '4' } }), NOW).retryAfterMs).toBe(4_000);
    expect(failureOfCall(callError(status), NOW).retryAfterMs).toBeUndefined();
  });

  test('that is one of ours already stays as it is', () => {
    const failure = new CreationFailure('draft_invalid', 'x');
    expect(failureOfCall(failure, NOW)).toBe(failure);
  });
});
