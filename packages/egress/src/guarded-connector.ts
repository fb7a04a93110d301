import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './public-address.ts';
import type { Targets } from './refusal.ts';
import type { ResolvedAddress } from './resolve-name.ts';

/** A connection that was made to an address that no request may go to. */
export class AddressNotAllowed extends Error {
  readonly code = 'ADDRESS_NOT_ALLOWED';
}

/**
 * Connects to one of the addresses that were checked, tried in turn, and resolves nothing: the name is there for the
 * certificate alone. What the socket says of its other end is looked at again before a byte of the request is sent.
 */
export function guardedConnector(
  checked: readonly ResolvedAddress[],
  targets: Targets,
  timeoutMs: number,
): buildConnector.connector {
  const lookup: LookupFunction = (_hostname, options, found) => {
    if (options.all) return found(null, [...checked]);
    const [first] = checked;
    found(null, first?.address ?? '', first?.family);
  };
  const connect = buildConnector({
    lookup,
    autoSelectFamily: true,
    timeout: timeoutMs,
    allowH2: false,
    // A session kept from elsewhere would be a certificate that nobody looks at again.
    maxCachedSessions: 0,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
  });
  return (options, connected) =>
    connect(options, (...outcome) => {
      const [error, socket] = outcome;
      if (error !== null || targets === 'any' || isPublicAddress(socket.remoteAddress ?? ''))
        return connected(...outcome);
      socket.destroy();
      connected(new AddressNotAllowed('a connection was made to an address that is not public'), null);
    });
}
