import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerCommand } from './server-process.ts';

export interface RedisOptions {
  readonly program: string;
  readonly dataDir: string;
  readonly password: string;
  readonly durable: boolean;
  /** More lines of its configuration. */
  readonly settings?: readonly string[];
  /** Whether it listens for TLS alone, for which there are settings. */
  readonly encrypted?: boolean;
}

/**
 * The command that runs Redis on `<dataDir>/redis`, and the files it needs. Every write is on the disk before it is answered; with
 * `durable: false`, whenever the system gets to it.
 */
export function prepareRedis(options: RedisOptions): ServerCommand {
  const folder = join(options.dataDir, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // In a file, not on the command line, which every user of the machine can read.
  writeFileSync(join(folder, 'redis.conf'), configuration(options), { mode: 0o600 });
  return {
    program: options.program,
    args: port =>
      options.encrypted
        ? ['redis.conf', '--tls-port', String(port), '--port', '0']
        : ['redis.conf', '--port', String(port)],
    // Its files go where it is started, so no path needs quoting in its configuration.
    cwd: folder,
    logFile: join(options.dataDir, 'redis.log'),
    readyText: 'Ready to accept connections',
  };
}

function configuration({ password, durable, settings = [] }: RedisOptions): string {
  return `${[
    'bind 127.0.0.1',
    `requirepass ${password}`,
    'daemonize no',
    'dir ./',
    'save ""',
    'appendonly yes',
    `appendfsync ${durable ? 'always' : 'no'}`,
    // A crash of the machine may leave half a command at the end of the log: it was never answered.
    'aof-load-truncated yes',
    // BullMQ's keys must never be evicted: better an error at the writer.
    'maxmemory-policy noeviction',
    ...settings,
  ].join('\n')}\n`;
}
