import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { prepareMariadb } from '../private-servers/mariadb-server.ts';
import { keepPasswords } from '../private-servers/passwords.ts';
import { inServerGroup, type KillableServer, type ServerGroup, settled } from '../private-servers/server-group.ts';

export interface MariadbReplication extends Pick<ServerGroup, 'stop'> {
  readonly primary: KillableServer;
  readonly replica: KillableServer & {
    /** What is sent to it is applied no longer, or again. */
    setApplying(applying: boolean): Promise<void>;
    /** How many statements with this text in them it has executed for clients. */
    countStatements(text: string): Promise<number>;
  };
}

/** Who may do everything there: no server of these has data of anybody's. */
const OPERATOR = ["GRANT ALL ON *.* TO roleforge@'127.0.0.1' WITH GRANT OPTION;"];

/**
 * A MariaDB and a replica of it on this machine, which keeps the statements that it executes for clients.
 * @throws ServerStartFailed, NoServersAvailable
 */
export function startMariadbReplication(): Promise<MariadbReplication> {
  return inServerGroup(async group => {
    const { mariadb: password } = keepPasswords(group.dataDir);
    const [primary, replica] = await settled([
      startMariadb(group, 'primary', password, ['--server-id=1', '--log-bin=changes', '--binlog-format=ROW']),
      startMariadb(group, 'replica', password, ['--server-id=2', '--read-only', '--general-log', '--log-output=TABLE']),
    ]);
    const { port } = new URL(primary.url);
    await execute(
      replica.url,
      `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = 'roleforge',
         MASTER_PASSWORD = '${password}', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1`,
    );
    await execute(replica.url, 'START SLAVE');
    return {
      primary,
      replica: {
        ...replica,
        setApplying: async applying =>
          void (await execute(replica.url, `${applying ? 'START' : 'STOP'} SLAVE SQL_THREAD`)),
        async countStatements(text) {
          const rows = await execute(
            replica.url,
            "SELECT COUNT(*) AS n FROM mysql.general_log WHERE command_type = 'Query' AND argument LIKE ? AND argument NOT LIKE '%general_log%'",
            `%${text}%`,
          );
          return Number((rows as { n: number }[])[0]?.n);
        },
      },
    };
  });
}

async function startMariadb(
  { dataDir, programs, start }: ServerGroup,
  name: string,
  password: string,
  options: readonly string[],
): Promise<KillableServer> {
  const folder = join(dataDir, name);
  mkdirSync(folder);
  const prepared = { programs, dataDir: folder, password, durable: false, options, statements: OPERATOR };
  return start(await prepareMariadb(prepared), port => `mysql://roleforge:${password}@127.0.0.1:${port}/roleforge`);
}

async function execute(url: string, statement: string, ...values: string[]): Promise<unknown> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query(statement, values);
    return rows;
  } finally {
    await connection.end();
  }
}
