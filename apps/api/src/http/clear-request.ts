import type { IncomingMessage } from 'node:http';

type Request = Pick<IncomingMessage, 'rawHeaders' | 'httpVersionMinor' | 'headers' | 'url'>;

/** As HTTP/1.1 has it: a path, the whole URL of a plain host, or, for OPTIONS, nothing but a star. A fragment is never sent. */
const TARGET = /^(?:\*|\/[^#]*|https?:\/\/[\w.:[\]-]+(?:[/?][^#]*)?)$/i;

/**
 * Whether a request can be understood in one way only: it names one host, as HTTP/1.1 asks for, at most one credential, and a target
 * that every parser takes apart alike.
 */
export function isClear({ rawHeaders, httpVersionMinor, headers, url = '' }: Request): boolean {
  // A second one would let a proxy and us differ in whom a request is for, or from.
  const hosts = countOf('host', rawHeaders);
  if (hosts > 1 || countOf('authorization', rawHeaders) > 1) return false;
  if (hosts === 0 ? httpVersionMinor !== 0 : !/^[^\s/?#@\\,]*$/.test(headers.host ?? '')) return false;
  return TARGET.test(url) && (/^[/*]/.test(url) || URL.canParse(url));
}

/** Looked at for every request: the length tells most names apart. */
function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string;
    if (given.length === name.length && given.toLowerCase() === name) count += 1;
  }
  return count;
}
