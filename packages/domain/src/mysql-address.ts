import {
  AddressInvalid,
  decoded,
  type Endpoint,
  readEndpoint,
  readLogin,
  readOptions,
  readTlsFiles,
  TLS_FILE_OPTIONS,
  type TlsFiles,
} from './server-address.ts';

/*
 * What a DATABASE_URL says: mysql://[user[:password]@]host[:port]/database[?options]. The options are those of MySQL's own programs:
 * `ssl-mode`, `ssl-ca`, `ssl-cert` and `ssl-key`.
 */

/** What is asked of the server's certificate: nothing, that it is signed by whom we believe, and that it is for this host besides. */
export type MysqlVerification = 'nothing' | 'ca' | 'identity';

/** Where MySQL is, and how it is entered. */
export type MysqlAddress = Endpoint & {
  user: string;
  password: string;
  database: string;
  /** Null where the way is not encrypted. */
  tls: (TlsFiles & { verify: MysqlVerification }) | null;
};

const ADDRESS = /^mysql:\/\/(?:([^/?#]*)@)?([^/?#@]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
/** An IP address, of either kind. */
const NUMBER = /^[\d.]+$|:/;
const OPTIONS = ['ssl-mode', ...TLS_FILE_OPTIONS];

/** @throws AddressInvalid */
export function parseMysqlAddress(address: string): MysqlAddress {
  const [matched, user = '', host = '', database = '', query = ''] = ADDRESS.exec(address) ?? [];
  if (matched === undefined || database === '')
    throw new AddressInvalid('must be mysql://user:password@host:port/database');
  const { username, password } = readLogin(user);
  const endpoint = readEndpoint(host, 3306);
  const tls = tlsOf(readOptions(query, OPTIONS));
  // The driver compares a certificate with names alone; for a number it would look for "localhost" in it.
  if (tls?.verify === 'identity' && NUMBER.test(endpoint.host))
    throw new AddressInvalid(
      'has a number for its host, which is looked for in no certificate: name it, or set ssl-mode=VERIFY_CA',
    );
  return {
    ...endpoint,
    user: username ?? '',
    password: password ?? '',
    database: decoded(database),
    tls,
  };
}

function tlsOf(options: ReadonlyMap<string, string>): MysqlAddress['tls'] {
  const files = readTlsFiles(options);
  // Who names a certificate wants it to be looked at.
  const mode = options.get('ssl-mode') ?? (options.size > 0 ? 'VERIFY_IDENTITY' : 'DISABLED');
  switch (mode.toUpperCase()) {
    case 'DISABLED':
      if (options.size > 1) throw new AddressInvalid('has files for TLS together with ssl-mode=DISABLED');
      return null;
    case 'REQUIRED':
      // It would look as if the certificate were verified by it.
      if (files.ca !== null) throw new AddressInvalid('has ssl-ca, which ssl-mode=REQUIRED does not look at');
      return { ...files, verify: 'nothing' };
    case 'VERIFY_CA':
      return { ...files, verify: 'ca' };
    case 'VERIFY_IDENTITY':
      return { ...files, verify: 'identity' };
    default:
      throw new AddressInvalid('must have one of DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY as its ssl-mode');
  }
}
