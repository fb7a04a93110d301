import { type MysqlAddress, type MysqlVerification, parseMysqlAddress } from '@roleforge/domain';

/**
 * Options that tell a client program of MariaDB's or MySQL's where a database is, and what it is called; not the password, which all could
 * see. The way there is as well secured as the service's own, which reads the same address.
 * @throws AddressInvalid
 */
export function clientAddress(databaseUrl: string, program: string): string[] {
  const { host, port, user, database, tls } = parseMysqlAddress(databaseUrl);
  return [
    '--protocol=tcp',
    `--host=${host}`,
    `--port=${port}`,
    `--user=${user}`,
    ...(tls === null ? [] : tlsOptions(tls, program)),
    database,
  ];
}

const MODES = { nothing: 'REQUIRED', ca: 'VERIFY_CA', identity: 'VERIFY_IDENTITY' } as const satisfies Record<
  MysqlVerification,
  string
>;

/** MySQL's clients take the mode by its name. MariaDB's verify the name where they verify at all, and the newer ones unless they are told not to. */
function tlsOptions({ verify, ca, cert, key }: NonNullable<MysqlAddress['tls']>, program: string): string[] {
  const files = Object.entries({ 'ssl-ca': ca, 'ssl-cert': cert, 'ssl-key': key });
  const named = files.flatMap(([name, file]) => (file === null ? [] : [`--${name}=${file}`]));
  if (!program.startsWith('mariadb')) return [...named, `--ssl-mode=${MODES[verify]}`];
  return [...named, '--ssl', verify === 'nothing' ? '--skip-ssl-verify-server-cert' : '--ssl-verify-server-cert'];
}
