import { parseArgs } from 'node:util';
import { readConfig } from '@roleforge/config';
import getPort from 'get-port';
import { runCommand, toldToStop } from './command.ts';
import { startSystem } from './system.ts';
import { workerCountOf } from './worker-count.ts';

/** `npm start -- --workers 3`: RoleForge on this machine, until it is told to stop. */
await runCommand('start', async () => {
  const { values } = parseArgs({ options: { workers: { type: 'string', default: '1' } } });
  const workers = workerCountOf(values.workers);
  const config = readConfig();
  if (config.port !== 0 && (await getPort({ port: config.port })) !== config.port)
    throw new Error(`PORT ${config.port} is taken by another program`);
  const told = toldToStop();
  const report = (line: string) => process.stderr.write(`${line}\n`);
  const system = await startSystem({
    config,
    port: config.port === 0 ? await getPort() : config.port,
    workers,
    report,
  });
  process.stdout.write(`
RoleForge serves on ${system.url}
  API reference  ${system.url}/docs
  status page    ${system.url}/status
  metrics        ${system.url}/metrics
  Bull Board     ${system.url}/admin/queues
  API key        ${system.keys.tenants.hillside}
  admin key      ${system.keys.adminApiKey}
Ctrl-C stops it.

`);
  await told;
  await system.stop();
});
