import { isIP } from 'node:net';

/**
 * Where a request came from, written in one way: an IPv4 address as such even where it came over IPv6, an IPv6 address without its
 * zone. What a trusted proxy passes on counts where it is an address, else the other end of the connection; null where neither is.
 */
export function remoteAddressOf({
  ip,
  socket,
}: {
  ip?: string | undefined;
  socket?: { remoteAddress?: string | undefined };
}): string | null {
  return addressIn(ip) ?? addressIn(socket?.remoteAddress);
}

function addressIn(text = ''): string | null {
  const address = text.replace(/%.*$/s, '').replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? null : address.toLowerCase();
}

/** The network that an address counts as part of: of IPv6 the /64, in all of which one host can be at home. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind.length;
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...behind];
  return all
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':');
}
