import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideTools } from '@roleforge/testkit';
import getPort from 'get-port';
import { stringify } from 'yaml';

/** Alerts as Alertmanager posts them to a webhook. */
export type Notification = {
  status: 'firing' | 'resolved';
  alerts: {
    status: 'firing' | 'resolved';
    labels: Record<string, string>;
    annotations: Record<string, string>;
  }[];
};

type Running = { url: string; close(): Promise<void> };
type Query = { status: 'success' | 'error'; error?: string; data: { result: { metric: Record<string, string> }[] } };

/** A real Prometheus with a folder of its own. */
export type TestPrometheus = Running & {
  /** What an expression comes to now. @throws Error with Prometheus's words when it does not parse */
  query(expr: string): Promise<Query['data']['result']>;
};

/** @param rules files by name, beside the configuration */
export async function startPrometheus(config: object, rules: Record<string, object> = {}): Promise<TestPrometheus> {
  const { prometheus } = await provideTools({ prometheus: 'prometheus' });
  const running = await startServer('prometheus', { 'config.yml': config, ...rules }, (folder, port) => [
    prometheus,
    `--config.file=${join(folder, 'config.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]);
  return {
    ...running,
    async query(expr) {
      const response = await fetch(`${running.url}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query: expr }),
      });
      const answer = (await response.json()) as Query;
      if (answer.status !== 'success') throw new Error(`${answer.error} in ${expr}`);
      return answer.data.result;
    },
  };
}

export async function startAlertmanager(config: object): Promise<Running> {
  const { 'prometheus-alertmanager': alertmanager } = await provideTools({
    'prometheus-alertmanager': 'prometheus-alertmanager',
  });
  return startServer('alertmanager', { 'config.yml': config }, (folder, port) => [
    alertmanager,
    `--config.file=${join(folder, 'config.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    '--log.level=warn',
  ]);
}

/** @throws Error with what it said, when it ends before it is ready */
async function startServer(
  name: string,
  files: Record<string, object>,
  commandOf: (folder: string, port: number) => string[],
): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), `roleforge-${name}-`));
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), stringify(content));
  const port = await getPort();
  const [program = '', ...args] = commandOf(folder, port);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', chunk => {
    said += chunk;
  });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok === true;
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`${name} did not start: ${said}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return {
    url,
    async close() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
