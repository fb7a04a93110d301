import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@roleforge/config';

/** The keys that a first start makes where the configuration has none. */
export type Keys = {
  adminApiKey: string;
  /** API keys of the demo tenants by the tenant's short name; `BOOTSTRAP_TENANT_KEY` is the first one's. */
  tenants: Record<'hillside' | 'lantern', string>;
};

const newKey = (prefix: string) => `${prefix}${randomBytes(24).toString('base64url')}`;

/** Keys from the configuration; what is absent there is made once and kept in `DATA_DIR/keys.json`, readable by its owner alone. */
export function obtainKeys(config: Config): Keys {
  const file = join(config.dataDir, 'keys.json');
  const kept = readKept(file);
  const made: Keys = {
    adminApiKey: kept?.adminApiKey ?? newKey('rf_admin_'),
    tenants: {
      hillside: kept?.tenants.hillside ?? newKey('rf_live_'),
      lantern: kept?.tenants.lantern ?? newKey('rf_live_'),
    },
  };
  if (kept === null) {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  }
  return {
    adminApiKey: config.adminApiKey ?? made.adminApiKey,
    tenants: { ...made.tenants, hillside: config.bootstrapTenantKey ?? made.tenants.hillside },
  };
}

function readKept(file: string): Keys | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Keys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`${file} cannot be read; delete it to have new keys made`, { cause: error });
  }
}
