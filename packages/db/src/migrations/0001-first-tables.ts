import type { Knex } from 'knex';

/*
 * Only what MySQL 8.4+ and MariaDB 10.6+ share. Ids and codes are ASCII and compared byte by byte. Documents are kept as
 * the text that was parsed (MEDIUMTEXT, not JSON): MySQL's JSON type reorders keys, MariaDB's does not, and the digest of
 * a document must be the same on both (docs/decisions/0005). Every table of a tenant's has the tenant first in its key.
 * Each statement commits by itself, so a run that was killed is finished by the next: hence IF NOT EXISTS.
 */
const TABLES = [
  `CREATE TABLE IF NOT EXISTS tenants (
    id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    name VARCHAR(200) NOT NULL,
    status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'active',
    created_at DATETIME(3) NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS api_keys (
    key_hash BINARY(32) NOT NULL PRIMARY KEY,
    tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    hint VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NULL,
    revoked_at DATETIME(3) NULL,
    KEY by_tenant (tenant_id),
    CONSTRAINT api_keys_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
  )`,
  ...['source_base_info', 'source_talk_style', 'source_knowledge', 'source_products'].map(
    table => `CREATE TABLE IF NOT EXISTS ${table} (
      tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      document MEDIUMTEXT NOT NULL,
      digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      updated_at DATETIME(3) NOT NULL,
      PRIMARY KEY (tenant_id, task_id)
    )`,
  ),
  `CREATE TABLE IF NOT EXISTS strategies (
    tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    strategy_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version INT UNSIGNED NOT NULL,
    document MEDIUMTEXT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (tenant_id, strategy_id, version)
  )`,
  `CREATE TABLE IF NOT EXISTS role_creations (
    tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    strategy_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    role_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    traceparent CHAR(55) CHARACTER SET ascii COLLATE ascii_bin NULL,
    priority VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    step VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NULL,
    attempts INT UNSIGNED NOT NULL DEFAULT 0,
    limited_attempts INT UNSIGNED NOT NULL DEFAULT 0,
    attempt_epoch INT UNSIGNED NOT NULL DEFAULT 0,
    role_version INT UNSIGNED NULL,
    created_at DATETIME(3) NOT NULL,
    run_at DATETIME(3) NULL,
    retry_at DATETIME(3) NULL,
    deadline_at DATETIME(3) NULL,
    started_at DATETIME(3) NULL,
    finished_at DATETIME(3) NULL,
    metadata MEDIUMTEXT NULL,
    webhook TEXT NULL,
    inline_sources MEDIUMTEXT NULL,
    source_outcomes TEXT NULL,
    degraded TEXT NULL,
    error TEXT NULL,
    ai_calls INT UNSIGNED NOT NULL DEFAULT 0,
    input_tokens BIGINT UNSIGNED NOT NULL DEFAULT 0,
    output_tokens BIGINT UNSIGNED NOT NULL DEFAULT 0,
    cost_usd DECIMAL(14, 6) NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    KEY by_task (tenant_id, task_id, id),
    KEY by_status (status, tenant_id, id)
  )`,
  `CREATE TABLE IF NOT EXISTS roles (
    tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    latest_version INT UNSIGNED NOT NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (tenant_id, id)
  )`,
  `CREATE TABLE IF NOT EXISTS role_versions (
    tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    role_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version INT UNSIGNED NOT NULL,
    creation_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    locale VARCHAR(35) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name VARCHAR(80) NOT NULL,
    tagline VARCHAR(300) NOT NULL,
    profile MEDIUMTEXT NOT NULL,
    writer TEXT NOT NULL,
    provenance TEXT NOT NULL,
    source_digests TEXT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (tenant_id, role_id, version),
    UNIQUE KEY one_version_a_creation (creation_id),
    CONSTRAINT role_versions_role FOREIGN KEY (tenant_id, role_id) REFERENCES roles (tenant_id, id) ON DELETE CASCADE
  )`,
];

const TABLE_NAMES = TABLES.map(statement => /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1] ?? '');

export const firstTables: Knex.Migration = {
  async up(knex) {
    for (const statement of TABLES)
      await knex.raw(`${statement} ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  },
  async down(knex) {
    for (const table of TABLE_NAMES.toReversed()) await knex.schema.dropTableIfExists(table);
  },
};
