import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Wire server of Azure: in a public range, and answered by the host that a machine runs on. */
const AZURE_WIRE_SERVER = '168.63.129.16';
/** All that is given out of IPv6's public space; whatever lies outside is special, local or not given out. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** The NAT64 prefix of the public internet, RFC 6052. The one for networks' own use, 64:ff9b:1::/48, leads to private hosts. */
const NAT64: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('64:ff9b::'), 96];
/** ISATAP, RFC 5214: with these in its second half, an address of any prefix stands for the IPv4 address at its end. */
const ISATAP = [0x5efe, 0x0200_5efe];

/**
 * Whether an address, as a resolver or a socket gives it, belongs to the public internet. An IPv4 address within a mapped, a
 * NAT64 or an ISATAP one is judged in its place. 6to4 and Teredo lead through gateways that nobody answers for and are not
 * public whatever they hold; nor is an address with a zone, or a text that is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  // Addresses "compatible with IPv4" were given up in 2006; the parser would read one so written as a mapped one.
  if (/^::\d+\.\d/.test(address)) return false;
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv4 ? isPublicV4(parsed) : isPublicV6(parsed);
}

function isPublicV4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast' && address.toString() !== AZURE_WIRE_SERVER;
}

function isPublicV6(address: ipaddr.IPv6): boolean {
  if (address.range() === 'ipv4Mapped' || address.match(NAT64)) return isPublicV4(v4AtTheEnd(address));
  if (!address.match(GLOBAL_UNICAST) || address.range() !== 'unicast') return false;
  const [, , , , fifth = 0, sixth = 0] = address.parts;
  return !ISATAP.includes(fifth * 0x1_0000 + sixth) || isPublicV4(v4AtTheEnd(address));
}

function v4AtTheEnd(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}
