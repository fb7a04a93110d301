import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { childEnvironment, readConfig } from '@roleforge/config';
import { readAddresses } from './addresses.ts';
import { runCommand } from './command.ts';

const PROGRAM = join(import.meta.dirname, '../../worker/src/reconcile-once.ts');

/** `npm run reconcile`: compares the ledger with the queue once, on the configured servers or on those that `npm start` runs. */
await runCommand('reconcile', async () => {
  const { redisUrl, databaseUrl, dataDir } = readConfig();
  const addresses = redisUrl !== null && databaseUrl !== null ? { redisUrl, databaseUrl } : readAddresses(dataDir);
  if (addresses === null)
    throw new Error(`nothing runs on ${dataDir}: start RoleForge, or set DATABASE_URL and REDIS_URL`);
  const child = spawn(process.execPath, [PROGRAM], {
    env: childEnvironment({ REDIS_URL: addresses.redisUrl, DATABASE_URL: addresses.databaseUrl }),
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  // It has said why.
  if (code !== 0) process.exit(1);
});
