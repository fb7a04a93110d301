import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { prepareMariadb } from '../private-servers/mariadb-server.ts';
import { keepPasswords } from '../private-servers/passwords.ts';
import { prepareRedis } from '../private-servers/redis-server.ts';
import { inServerGroup, type ServerGroup, settled } from '../private-servers/server-group.ts';
import { type Certificate, type CertificateAuthority, makeAuthority } from './certificates.ts';

export interface EncryptedServers extends Pick<ServerGroup, 'stop'> {
  /** Whom both servers believe, and by whom their certificates are signed. */
  readonly authority: CertificateAuthority;
  /** One that has nothing to do with them. */
  readonly stranger: CertificateAuthority;
  /** Without options: `rediss://…@localhost`, which takes nobody without a certificate. */
  readonly redisUrl: string;
  /** Without options, for a user who has to show a certificate: `mysql://…@localhost`. */
  readonly databaseUrl: string;
  /** For one who need not, and may use no TLS either. */
  readonly plainDatabaseUrl: string;
  /** Gives MariaDB another certificate, for another host. */
  showMariadb(certificate: Certificate): Promise<void>;
}

/**
 * A Redis and a MariaDB on this machine with certificates for `localhost` by an authority of their own.
 * @throws ServerStartFailed, NoServersAvailable
 */
export function startEncryptedServers(): Promise<EncryptedServers> {
  return inServerGroup(async group => {
    const { dataDir, programs } = group;
    const passwords = keepPasswords(dataDir);
    const [authority, stranger] = await settled([makeAuthority(dataDir, 'ours'), makeAuthority(dataDir, 'strange')]);
    const { cert, key } = await authority.issue('localhost');
    const shown = { cert: join(dataDir, 'mariadb.pem'), key: join(dataDir, 'mariadb.key') };
    const show = (certificate: Certificate) => {
      copyFileSync(certificate.cert, shown.cert);
      copyFileSync(certificate.key, shown.key);
    };
    show({ cert, key });
    const redis = prepareRedis({
      program: programs.redisServer,
      dataDir,
      password: passwords.redis,
      durable: false,
      encrypted: true,
      settings: [`tls-ca-cert-file ${authority.ca}`, `tls-cert-file ${cert}`, `tls-key-file ${key}`],
    });
    const mariadb = await prepareMariadb({
      programs,
      dataDir,
      password: passwords.mariadb,
      durable: false,
      options: [`--ssl-ca=${authority.ca}`, `--ssl-cert=${shown.cert}`, `--ssl-key=${shown.key}`],
      statements: [
        `CREATE USER IF NOT EXISTS certified@'127.0.0.1' IDENTIFIED BY '${passwords.mariadb}' REQUIRE X509;`,
        "GRANT ALL ON `roleforge%`.* TO certified@'127.0.0.1';",
        "GRANT RELOAD ON *.* TO roleforge@'127.0.0.1';",
      ],
    });
    const [{ url: redisUrl }, { url: plainDatabaseUrl }] = await settled([
      group.start(redis, port => `rediss://:${passwords.redis}@localhost:${port}`),
      group.start(mariadb, port => `mysql://roleforge:${passwords.mariadb}@127.0.0.1:${port}/roleforge`),
    ]);
    return {
      authority,
      stranger,
      redisUrl,
      databaseUrl: plainDatabaseUrl.replace('roleforge:', 'certified:').replace('127.0.0.1', 'localhost'),
      plainDatabaseUrl,
      async showMariadb(certificate) {
        show(certificate);
        const connection = await createConnection(plainDatabaseUrl);
        await connection.query('FLUSH SSL');
        await connection.end();
      },
    };
  });
}
