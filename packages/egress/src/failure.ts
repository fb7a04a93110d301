import { AddressNotAllowed } from './guarded-connector.ts';

/** Why no answer came, or none that counts. */
export type FailureReason = 'address_not_allowed' | 'timed_out' | 'unreachable' | 'tls_failed' | 'answer_too_large';

/** A failure's reason, and a sentence for the URL's owner. It is made of our own words and of error codes alone. */
export type Failure = { reason: FailureReason; detail: string };

const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|UNABLE_TO_|ERROR_IN_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_|HOSTNAME_MISMATCH$)/;

/** What an error of resolving, connecting, sending or reading means. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AddressNotAllowed) return NOT_ALLOWED;
  const code = codeOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return { reason: 'timed_out', detail: 'No connection came about in time.' };
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW')
    return { reason: 'answer_too_large', detail: 'The answer’s headers are too large.' };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return { reason: 'tls_failed', detail: 'The certificate is for another name.' };
  if (TLS_CODE.test(code)) return { reason: 'tls_failed', detail: `No secure connection came about (${code}).` };
  if (code.startsWith('HPE_'))
    return { reason: 'unreachable', detail: `The answer is not well-formed HTTP (${code}).` };
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE')
    return { reason: 'unreachable', detail: 'The connection was closed before the whole answer came.' };
  return { reason: 'unreachable', detail: `The host could not be reached (${code}).` };
}

/** The address is left out: it may be one of the operator's own network. */
export const NOT_ALLOWED: Failure = {
  reason: 'address_not_allowed',
  detail: 'The host’s name leads to an address that is not of the public internet.',
};

/** Only what looks like a code: a text could hold anything. */
function codeOf(error: unknown): string {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)) return code;
  return cause === undefined ? 'UNKNOWN' : codeOf(cause);
}
