import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childEnvironment } from '@roleforge/config';

const LAUNCHER = join(import.meta.dirname, '../../apps/launcher/src');

type Settings = Parameters<typeof childEnvironment>[0];
type Command = 'backup' | 'restore' | 'reconcile';

/** What a command came to. */
export type Ran = { code: number; stdout: string; stderr: string };

/** RoleForge as `npm start` runs it, and the commands that are given beside it. */
export type Launched = {
  url: string;
  /** From `keys.json`. */
  apiKey: string;
  adminKey: string;
  /** Of its private MariaDB. */
  databaseUrl: string;
  call<T>(
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: T }>;
  stop(): Promise<void>;
};

/** Runs `npm run <command>` with these settings, as npm would. */
export async function runLauncher(command: Command, args: readonly string[], settings: Settings): Promise<Ran> {
  const child = spawn(process.execPath, [join(LAUNCHER, `${command}.ts`), ...args], {
    env: childEnvironment(settings),
  });
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)];
  const [code] = await once(child, 'close');
  return { code, stdout: stdout(), stderr: stderr() };
}

/** `npm start -- --workers <workers>` on private servers; resolves when it serves. @throws Error with what it printed where it ends instead */
export async function launch(dataDir: string, workers: number, settings: Settings): Promise<Launched> {
  const child = spawn(process.execPath, [join(LAUNCHER, 'start.ts'), '--workers', String(workers)], {
    env: childEnvironment({ DATA_DIR: dataDir, LOG_FORMAT: 'json', ...settings }),
  });
  const ended = once(child, 'close');
  const [printed, complaint] = [gather(child.stdout), gather(child.stderr)];
  while (!printed().includes('Ctrl-C stops it.')) {
    const more = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
    if (!more) throw new Error(`It did not start: ${complaint()}`);
  }
  const keys = JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8'));
  const { databaseUrl } = JSON.parse(readFileSync(join(dataDir, 'addresses.json'), 'utf8'));
  const url = /serves on (\S+)/.exec(printed())?.[1] ?? '';
  return {
    url,
    apiKey: keys.tenants.hillside,
    adminKey: keys.adminApiKey,
    databaseUrl,
    async call<T>(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${keys.tenants.hillside}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as T };
    },
    async stop() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

function gather(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', chunk => {
    text += chunk;
  });
  return () => text;
}
