import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ServerStartFailed } from './errors.ts';
import type { GuardianLink } from './guardian-link.ts';
import type { StartedServers } from './local-servers.ts';
import type { Passwords } from './passwords.ts';
import { lastLines, runProgram } from './run-program.ts';

const COMPOSE_FILE = fileURLToPath(new URL('./compose.yml', import.meta.url));

/**
 * Runs the servers in containers. Their data lies in Docker's volumes, named after the data folder, and stays between starts unless
 * the folder is temporary. The first start downloads the images.
 * @throws ServerStartFailed when a docker command fails
 */
export async function startDockerServers(options: {
  dataDir: string;
  temporary: boolean;
  durable: boolean;
  passwords: Passwords;
  guardian: GuardianLink;
  report: (line: string) => void;
}): Promise<StartedServers> {
  const { dataDir, passwords, durable, guardian } = options;
  const project = `roleforge-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const env = {
    REDIS_PASSWORD: passwords.redis,
    REDIS_FSYNC: durable ? 'always' : 'no',
    MARIADB_PASSWORD: passwords.mariadb,
    MARIADB_FLUSH: durable ? '1' : '2',
  };
  // The file is always named, or compose would take one from the folder that the program happens to run in.
  const compose = ['compose', '-p', project, '-f', COMPOSE_FILE];
  const down = [...compose, 'down', ...(options.temporary ? ['--volumes'] : [])];
  const stop = async () => {
    await docker(down);
  };
  const portOf = async (service: string, port: number) => {
    const printed = await docker([...compose, 'port', service, String(port)]);
    return Number(printed.trim().split(':').at(-1));
  };

  options.report('starting Redis and MariaDB with docker compose (the first time downloads their images)…');
  guardian.tell({ command: ['docker', ...down] });
  try {
    await docker([...compose, 'up', '-d', '--wait'], env);
    const [redisPort, mariadbPort] = await Promise.all([portOf('redis', 6379), portOf('mariadb', 3306)]);
    return {
      redisUrl: `redis://:${passwords.redis}@127.0.0.1:${redisPort}/0`,
      // root, so that databases beside roleforge can be made here too: the image gives its own user no right to.
      databaseUrl: `mysql://root:${passwords.mariadb}@127.0.0.1:${mariadbPort}/roleforge`,
      stop,
    };
  } catch (error) {
    // The first failure is the one to tell.
    await stop().catch(() => undefined);
    throw error;
  }
}

async function docker(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stdout, printed } = await runProgram('docker', args, env);
  if (code !== 0) throw new ServerStartFailed(`docker ${args.join(' ')} failed`, lastLines(printed));
  return stdout;
}
