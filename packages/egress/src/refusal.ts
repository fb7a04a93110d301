import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** Where requests may go: to the public internet over HTTPS, or, where somebody develops, anywhere over HTTP too. */
export type Targets = 'public' | 'any';

const LONGEST_URL = 2_048;
const LONGEST_NAME = 253;
const PORTS = ['', '443', '8443'];
/** Names of the machine itself, and of networks that are not the internet. */
const LOCAL_ENDINGS = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'svc',
  'home.arpa',
];
/** What URL parsers take in different ways, or leave out without a word: blanks, controls, backslashes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNCLEAR = /[\u0000-\u0020\u007f\\]/;

/**
 * Judges a URL as it is written, before anything is resolved: a sentence for people that says why no request will be sent to
 * it, or null. Names are judged again by the addresses that they lead to, each time that a request is sent.
 */
export function refusalOf(url: string, targets: Targets): string | null {
  if (url.length > LONGEST_URL) return `The URL is longer than ${LONGEST_URL} characters.`;
  if (UNCLEAR.test(url)) return 'The URL holds a blank, a control character or a backslash.';
  const parsed = URL.parse(url);
  if (parsed === null) return 'This is not a URL.';
  const usual = /^(https?):\/\/[^/]/i.exec(url)?.[1]?.toLowerCase();
  // Written with fewer slashes, or with more, it is another URL for other parsers.
  if (usual !== 'https' && (targets === 'public' || usual !== 'http'))
    return targets === 'public' ? 'The URL must begin with https://.' : 'The URL must begin with https:// or http://.';
  if (parsed.username !== '' || parsed.password !== '' || /^[^/?#]*:\/\/[^/?#]*@/.test(url))
    return 'The URL must not hold a user name or a password.';
  if (targets === 'any') return null;
  if (!PORTS.includes(parsed.port)) return 'The port must be 443 or 8443.';
  return refusalOfHost(parsed.hostname);
}

/** Judges a host as WHATWG’s parser gives it: addresses in any notation have become the usual one, names ASCII in small letters. */
function refusalOfHost(hostname: string): string | null {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0)
    return isPublicAddress(address) ? null : 'The host is an address that is not of the public internet.';
  if (hostname.endsWith('.')) return 'The host’s name must be written without a dot at its end.';
  const labels = hostname.split('.');
  if (hostname.length > LONGEST_NAME || labels.some(label => label === '' || label.length > 63))
    return 'The host’s name is not well formed.';
  if (labels.length === 1 || LOCAL_ENDINGS.some(ending => hostname.endsWith(`.${ending}`)))
    return 'The host’s name is one of a local network, not of the public internet.';
  return null;
}
