import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { readConfig } from '@roleforge/config';
import getPort, { portNumbers } from 'get-port';
import { runCommand, toldToStop } from './command.ts';
import { makeDataDir } from './data-dir.ts';
import { createApiClient } from './demo/api-client.ts';
import { readDemoTasks, storeSources } from './demo/demo-tasks.ts';
import { followAll, submitAll } from './demo/make-roles.ts';
import { roleInPrint } from './demo/role-in-print.ts';
import { startSystem } from './system.ts';

const WORKERS = 2;
const print = (line = '') => void process.stdout.write(`${line}\n`);
const heading = (text: string) => print(`\n${styleText('bold', text)}`);

/** `npm run demo`: everything from nothing to finished roles. It keeps serving, or ends after the roles with `-- --exit`. */
await runCommand('demo', async () => {
  const { values } = parseArgs({ options: { exit: { type: 'boolean', default: false } } });
  const config = readConfig();
  const told = toldToStop();
  const report = (line: string) => print(`  ${line}`);

  heading('Starting RoleForge');
  const port = await getPort({ port: config.port === 0 ? undefined : portNumbers(config.port, config.port + 100) });
  if (config.port !== 0 && port !== config.port) report(`port ${config.port} is taken, using ${port}`);
  const logDir = join(config.dataDir, 'logs');
  makeDataDir(config.dataDir);
  mkdirSync(logDir, { recursive: true });
  const startedAt = performance.now();
  const system = await startSystem({ config, port, workers: WORKERS, logDir, report });
  report(
    `one api and ${WORKERS} workers, up in ${((performance.now() - startedAt) / 1000).toFixed(1)} s; data and logs in ${config.dataDir}`,
  );

  try {
    const clients = {
      hillside: createApiClient(system.url, system.keys.tenants.hillside),
      lantern: createApiClient(system.url, system.keys.tenants.lantern),
    };
    const tasks = readDemoTasks().map(task => ({ task, client: clients[task.tenant] }));
    heading(`Storing what ${tasks.length} tasks of two tenants know (base info, talk style, knowledge, products)`);
    for (const { task, client } of tasks) {
      await storeSources(client, task);
      const { baseInfo, knowledge, products } = task.sources;
      report(
        `${task.taskId.padEnd(16)} ${baseInfo.name}, ${knowledge.items.length} pieces of knowledge, ${products.items.length} products`,
      );
    }

    heading('Asking for their roles: POST /v1/role-creations');
    const submitted = await submitAll(tasks, print);
    heading('What the workers do: GET /v1/role-creations/{id}/events');
    await followAll(submitted, print);

    for (const { client, creation } of submitted)
      print(`\n${'─'.repeat(80)}\n${roleInPrint(await client.readRole(creation))}`);

    if (values.exit) return;
    heading('RoleForge keeps serving');
    report(`API            ${system.url}/v1/roles`);
    report(`API reference  ${system.url}/docs`);
    report(`status page    ${system.url}/status`);
    report(`metrics        ${system.url}/metrics`);
    report(`Bull Board     ${system.url}/admin/queues`);
    report(`API key        ${system.keys.tenants.hillside}`);
    report(`admin key      ${system.keys.adminApiKey}`);
    print(`\nTry:  curl -H 'Authorization: Bearer ${system.keys.tenants.hillside}' ${system.url}/v1/roles`);
    print('Ctrl-C stops everything.');
    await told;
  } finally {
    await system.stop();
    print('\nStopped: api, workers and servers.');
  }
});
