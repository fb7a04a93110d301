import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '@roleforge/config';
import { readAddresses } from './addresses.ts';
import { runCommand } from './command.ts';
import { dumpDatabase } from './database-dump.ts';

/** `npm run backup -- --to roleforge.sql.gz`: all that MySQL holds, while the service runs. What follows another `--` goes to the dump program. */
await runCommand('backup', async () => {
  const { values, positionals } = parseArgs({ options: { to: { type: 'string' } }, allowPositionals: true });
  if (values.to === undefined) throw new Error('--to names the file, such as --to roleforge.sql.gz');
  const { databaseUrl, dataDir } = readConfig();
  const url = databaseUrl ?? readAddresses(dataDir)?.databaseUrl;
  if (url === undefined) throw new Error(`nothing runs on ${dataDir}: start RoleForge, or set DATABASE_URL`);
  const file = resolve(values.to);
  const startedAt = performance.now();
  await dumpDatabase(url, file, positionals);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${file}: ${statSync(file).size.toLocaleString('en')} bytes in ${seconds} s
Keep API_KEY_PEPPER beside it (npm start: ${resolve(dataDir, 'keys.json')}); without it no API key is known again.
`);
});
