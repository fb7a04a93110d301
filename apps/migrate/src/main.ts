import { readConfig, requireSettings, secretsOf } from '@roleforge/config';
import { ensureTenant, MIGRATION_PATIENCE_MS, migrate, openDatabase } from '@roleforge/db';
import { createLogger } from '@roleforge/telemetry';

/** Brings the schema up to date and, where BOOTSTRAP_TENANT_KEY is set, makes the first tenant. Runs once and exits. */
try {
  const config = requireSettings(readConfig(), 'databaseUrl');
  const log = createLogger({
    service: 'migrate',
    level: config.logLevel,
    format: config.logFormat,
    secrets: secretsOf(config),
  });
  const database = openDatabase({
    url: config.databaseUrl,
    connections: 2,
    // A MySQL that fills a new volume takes its time, and where nothing orders the starts this is what waits for it.
    patienceMs: 90_000,
    answerMs: MIGRATION_PATIENCE_MS,
  });
  const names = await migrate(database);
  log.info(names.length === 0 ? 'schema is up to date' : 'schema brought up to date', { migrations: names });
  if (config.bootstrapTenantKey !== null) {
    const tenantId = await ensureTenant(database, 'First tenant', config.bootstrapTenantKey, {
      peppers: config.apiKeyPeppers,
    });
    log.info('tenant of BOOTSTRAP_TENANT_KEY is there', { tenantId });
  }
  await database.close();
} catch (error) {
  process.stderr.write(`migrate failed: ${(error as Error).message.split('\n')[0]}\n`);
  process.exit(1);
}
