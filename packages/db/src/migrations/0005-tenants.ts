import type { Knex } from 'knex';

/*
 * What many tenants need: a weight and limits; keys with a name, scopes, limits of their own and the time of their last use; the
 * operator's switches; who administered what; and where to, and how, tenants are told of the ends of their creations.
 *
 * `webhook_deliveries` is the outbox: its rows are written in the transaction that ends a creation. A delivery's `id` is its
 * `webhook-id`, the same at each attempt. `endpoint_id` is null where the creation itself named the address. `attempt_epoch` fences
 * attempts as that of a creation does; `attempts_before` is how many there were when it was last asked for again, and its schedule began
 * anew. A key without `scopes` has all of them: those of before had.
 */
const ID = 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin';
const CODE = (length: number) => `VARCHAR(${length}) CHARACTER SET ascii COLLATE ascii_bin`;
const ENGINE = 'ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

const TENANTS = [
  'ADD COLUMN weight DECIMAL(7, 3) NOT NULL DEFAULT 1',
  'ADD COLUMN limits TEXT NULL',
  'ADD COLUMN webhook_secret VARCHAR(120) NULL',
  'ADD COLUMN old_webhook_secret VARCHAR(120) NULL',
  'ADD COLUMN old_webhook_secret_until DATETIME(3) NULL',
];
const TENANTS_BACK = ['weight', 'limits', 'webhook_secret', 'old_webhook_secret', 'old_webhook_secret_until'].map(
  column => `DROP COLUMN ${column}`,
);

const KEYS = [
  `ADD COLUMN id ${ID} NULL`,
  'ADD COLUMN name VARCHAR(100) NULL',
  'ADD COLUMN scopes TEXT NULL',
  'ADD COLUMN limits TEXT NULL',
  'ADD COLUMN last_used_at DATETIME(3) NULL',
  `ADD COLUMN rotated_to ${ID} NULL`,
];
const KEYS_BACK = ['id', 'name', 'scopes', 'limits', 'last_used_at', 'rotated_to'].map(
  column => `DROP COLUMN ${column}`,
);

const TABLES = {
  system_switches: `CREATE TABLE IF NOT EXISTS system_switches (
    name ${CODE(16)} NOT NULL PRIMARY KEY,
    since DATETIME(3) NOT NULL
  )`,
  audit_log: `CREATE TABLE IF NOT EXISTS audit_log (
    id ${ID} NOT NULL PRIMARY KEY,
    at DATETIME(3) NOT NULL,
    actor_kind ${CODE(16)} NOT NULL,
    actor_id VARCHAR(200) NOT NULL,
    tenant_id ${ID} NULL,
    action ${CODE(40)} NOT NULL,
    target VARCHAR(200) NULL,
    remote_address ${CODE(45)} NULL,
    request_id ${CODE(64)} NOT NULL,
    detail TEXT NULL,
    KEY by_tenant (tenant_id, id),
    KEY by_action (action, id)
  )`,
  webhook_endpoints: `CREATE TABLE IF NOT EXISTS webhook_endpoints (
    tenant_id ${ID} NOT NULL,
    id ${ID} NOT NULL,
    url TEXT NOT NULL,
    description VARCHAR(300) NULL,
    events TEXT NOT NULL,
    secret VARCHAR(120) NOT NULL,
    old_secret VARCHAR(120) NULL,
    old_secret_until DATETIME(3) NULL,
    status ${CODE(12)} NOT NULL,
    disabled_at DATETIME(3) NULL,
    disabled_reason TEXT NULL,
    failing_since DATETIME(3) NULL,
    last_failure TEXT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (tenant_id, id)
  )`,
  webhook_deliveries: `CREATE TABLE IF NOT EXISTS webhook_deliveries (
    tenant_id ${ID} NOT NULL,
    id ${ID} NOT NULL,
    endpoint_id ${ID} NULL,
    creation_id ${ID} NULL,
    url TEXT NOT NULL,
    type ${CODE(40)} NOT NULL,
    body TEXT NOT NULL,
    status ${CODE(12)} NOT NULL,
    attempts INT UNSIGNED NOT NULL DEFAULT 0,
    attempts_before INT UNSIGNED NOT NULL DEFAULT 0,
    attempt_epoch INT UNSIGNED NOT NULL DEFAULT 0,
    next_attempt_at DATETIME(3) NULL,
    created_at DATETIME(3) NOT NULL,
    finished_at DATETIME(3) NULL,
    PRIMARY KEY (tenant_id, id),
    KEY by_endpoint (tenant_id, endpoint_id, id),
    KEY by_creation (tenant_id, creation_id, id),
    KEY due (status, next_attempt_at),
    KEY by_end (status, finished_at)
  )`,
  webhook_attempts: `CREATE TABLE IF NOT EXISTS webhook_attempts (
    tenant_id ${ID} NOT NULL,
    delivery_id ${ID} NOT NULL,
    number INT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL,
    ms INT UNSIGNED NOT NULL,
    outcome ${CODE(32)} NOT NULL,
    status_code SMALLINT UNSIGNED NULL,
    detail VARCHAR(300) NULL,
    PRIMARY KEY (tenant_id, delivery_id, number)
  )`,
};

/** Each statement commits by itself and takes effect whole, so each looks first whether a run that was killed has come past it. */
export const tenants: Knex.Migration = {
  async up(knex) {
    if (!(await knex.schema.hasColumn('tenants', 'weight')))
      await knex.raw(`ALTER TABLE tenants ${TENANTS.join(', ')}`);
    if (!(await knex.schema.hasColumn('api_keys', 'scopes'))) await knex.raw(`ALTER TABLE api_keys ${KEYS.join(', ')}`);
    // Hexadecimal digits are letters of an id's alphabet as well.
    await knex.raw("UPDATE api_keys SET id = CONCAT('key_', SUBSTRING(LOWER(HEX(key_hash)), 1, 26)) WHERE id IS NULL");
    await knex.raw(`ALTER TABLE api_keys MODIFY id ${ID} NOT NULL`);
    if (!(await hasIndex(knex, 'api_keys', 'by_id'))) await knex.raw('ALTER TABLE api_keys ADD UNIQUE KEY by_id (id)');
    for (const statement of Object.values(TABLES)) await knex.raw(`${statement} ${ENGINE}`);
  },
  async down(knex) {
    for (const table of Object.keys(TABLES).toReversed()) await knex.schema.dropTableIfExists(table);
    if (await hasIndex(knex, 'api_keys', 'by_id')) await knex.raw('ALTER TABLE api_keys DROP KEY by_id');
    if (await knex.schema.hasColumn('api_keys', 'scopes'))
      await knex.raw(`ALTER TABLE api_keys ${KEYS_BACK.join(', ')}`);
    if (await knex.schema.hasColumn('tenants', 'weight'))
      await knex.raw(`ALTER TABLE tenants ${TENANTS_BACK.join(', ')}`);
  },
};

async function hasIndex(knex: Knex, table: string, index: string): Promise<boolean> {
  const [rows] = await knex.raw('SHOW INDEX FROM ?? WHERE Key_name = ?', [table, index]);
  return rows.length > 0;
}
