/** Where a server listens. */
export type Endpoint = { host: string; port: number };

/** By whom a server is entered; null where it asks for none. */
export type Login = { username: string | null; password: string | null };

/** Files for the way to a server by TLS, in PEM; null where there is none. */
export type TlsFiles = {
  /** Whom the server's certificate is believed to be signed by, in place of those that the system believes. */
  ca: string | null;
  /** What is shown to a server that wants to know its clients, and the key to it: both or neither. */
  cert: string | null;
  key: string | null;
};

/** An address that cannot be read. The message says what is wrong with it, goes after its name, and shows no secret. */
export class AddressInvalid extends Error {
  override readonly name = 'AddressInvalid';
  readonly code = 'address_invalid';
}

/** The options in an address that name files, as MySQL's own programs call them. */
export const TLS_FILE_OPTIONS = ['ssl-ca', 'ssl-cert', 'ssl-key'] as const;

/** The options after an address's question mark. @throws AddressInvalid for one that is not known, or stands there twice */
export function readOptions(query: string, known: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  // A stray percent sign would be taken for itself below.
  decoded(query);
  for (const [name, value] of new URLSearchParams(query)) {
    // What it is called is not shown: it may be a password with a question mark that was not encoded.
    if (!known.includes(name))
      throw new AddressInvalid(
        known.length === 0
          ? 'has options, but there are none for it: those for TLS are of rediss://'
          : `has an option other than ${known.join(', ')}`,
      );
    if (options.has(name)) throw new AddressInvalid(`has the option ${name} twice`);
    if (value === '') throw new AddressInvalid(`has the option ${name} without a value`);
    options.set(name, value);
  }
  return options;
}

/** @throws AddressInvalid */
export function readTlsFiles(options: ReadonlyMap<string, string>): TlsFiles {
  const [ca = null, cert = null, key = null] = TLS_FILE_OPTIONS.map(name => options.get(name));
  if ((cert === null) !== (key === null))
    throw new AddressInvalid('must have both of ssl-cert and ssl-key, or neither of them');
  return { ca, cert, key };
}

/** What stands in the files, under the names that node:tls has for it. */
export function tlsMaterial<Content>(
  files: TlsFiles,
  read: (path: string) => Content,
): Partial<Record<keyof TlsFiles, Content>> {
  const names = (['ca', 'cert', 'key'] as const).filter(name => files[name] !== null);
  return Object.fromEntries(names.map(name => [name, read(files[name] ?? '')]));
}

/** `user:password`, `:password` or `user`, percent-encoded. @throws AddressInvalid */
export function readLogin(text: string): Login {
  const colon = text.indexOf(':');
  const [username, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  return { username: decoded(username) || null, password: decoded(password) || null };
}

/** `host`, `host:port` or `[IPv6]:port`. @throws AddressInvalid */
export function readEndpoint(text: string, defaultPort: number): Endpoint {
  // No web address: those drop a port that is their scheme's own.
  const address = `server://${text}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.hostname === '' || url.port === '0')
    throw new AddressInvalid('must name a server by host:port');
  return {
    host: decoded(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPort : Number(url.port),
  };
}

/** @throws AddressInvalid */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AddressInvalid('has a percent sign that encodes nothing (write %25 for the sign itself)');
  }
}
