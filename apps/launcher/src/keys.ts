import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@roleforge/config';
import { newApiKey } from '@roleforge/domain';

/** The keys that a first start makes where the configuration has none. */
export type Keys = {
  adminApiKey: string;
  /** API keys of the demo tenants by the tenant's short name; `BOOTSTRAP_TENANT_KEY` is the first one's. */
  tenants: Record<'hillside' | 'lantern', string>;
  /** What API keys are hashed with, the newest first. */
  peppers: readonly string[];
};

type Kept = Omit<Keys, 'peppers'> & { apiKeyPepper?: string };

const newSecret = (prefix: string) => `${prefix}${randomBytes(24).toString('base64url')}`;

/** Keys from the configuration; what is absent there is made once and kept in `DATA_DIR/keys.json`, readable by its owner alone. */
export function obtainKeys(config: Config): Keys {
  const file = join(config.dataDir, 'keys.json');
  const kept = readKept(file);
  const made = {
    adminApiKey: kept?.adminApiKey ?? newSecret('rf_admin_'),
    tenants: { hillside: kept?.tenants.hillside ?? newApiKey(), lantern: kept?.tenants.lantern ?? newApiKey() },
    apiKeyPepper: kept?.apiKeyPepper ?? newSecret(''),
  } satisfies Kept;
  if (kept?.apiKeyPepper === undefined) {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    // In one step: a start that is broken off here must not lose the keys of an earlier release.
    writeFileSync(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return {
    adminApiKey: config.adminApiKey ?? made.adminApiKey,
    tenants: { ...made.tenants, hillside: config.bootstrapTenantKey ?? made.tenants.hillside },
    // Keys that were stored under our own pepper work on when one is configured later.
    peppers: [...new Set([...config.apiKeyPeppers, made.apiKeyPepper])],
  };
}

function readKept(file: string): Kept | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`${file} cannot be read; delete it to have new keys made`, { cause: error });
  }
}
