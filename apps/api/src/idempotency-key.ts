import { RequestProblem } from './http/problem.ts';

/** A string of RFC 8941: printable ASCII in quotes, in which a quote and a backslash stand behind a backslash. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** As most clients send it. No space, comma or quote: two headers that something on the way has joined are not one key. */
const BARE = /^[\x21\x23-\x2b\x2d-\x7e]+$/;

const MOST = 255;

/**
 * The key that a request is to be known by: null where the header is absent. Quoted or bare, the same key is meant.
 * @throws RequestProblem 400 for a header that holds no key
 */
export function readIdempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  const quoted = QUOTED.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  const key = quoted ?? (BARE.test(header) ? header : '');
  if (key.length >= 1 && key.length <= MOST) return key;
  throw new RequestProblem('invalid_request', 'The Idempotency-Key is not well formed.', {
    errors: [
      {
        pointer: '/headers/idempotency-key',
        message: `must be 1 to ${MOST} printable ASCII characters, in quotes where it has spaces, commas or quotes`,
      },
    ],
  });
}
