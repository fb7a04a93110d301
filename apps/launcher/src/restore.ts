import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '@roleforge/config';
import { startPrivateServers } from '@roleforge/testkit';
import { runCommand } from './command.ts';
import { makeDataDir } from './data-dir.ts';
import { restoreDatabase } from './database-dump.ts';

/**
 * `npm run restore -- --from roleforge.sql.gz`: brings a dump into the empty database of DATABASE_URL, or into that of the private servers
 * on DATA_DIR, which are started for it. What follows another `--` goes to the client program.
 */
await runCommand('restore', async () => {
  const { values, positionals } = parseArgs({ options: { from: { type: 'string' } }, allowPositionals: true });
  if (values.from === undefined) throw new Error('--from names the file, such as --from roleforge.sql.gz');
  const file = resolve(values.from);
  const { databaseUrl, dataDir } = readConfig();
  const report = (line: string) => process.stderr.write(`${line}\n`);
  if (databaseUrl === null) makeDataDir(dataDir);
  const servers = databaseUrl === null ? await startPrivateServers({ dataDir, report }) : null;
  try {
    const startedAt = performance.now();
    const tables = await restoreDatabase(databaseUrl ?? servers?.databaseUrl ?? '', file, positionals);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`${tables} tables restored from ${file} in ${seconds} s
Now start RoleForge on an empty Redis, then: npm run reconcile
`);
  } finally {
    await servers?.stop();
  }
});
