import type { Knex } from 'knex';

/*
 * What the writer keeps: each call of a model with its answer and its cost, and the sums of a tenant's days, which outlast the
 * creations; which parts of which version a creation rewrites; and for a version, from which other one it was restored, which of its
 * parts were written anew, the sources of those parts that are older than the rest, and the provider of a model that wrote some of
 * it where `writer` does not tell. A version made by a creation says so in `made_by`, once per creation; a
 * restored one has the creation id of the version that it repeats, and no `made_by`.
 */
const ID = 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin';
const NAME = 'VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

const MODEL_CALLS = `CREATE TABLE IF NOT EXISTS model_calls (
  tenant_id ${ID} NOT NULL,
  creation_id ${ID} NOT NULL,
  id ${ID} NOT NULL,
  request_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  model ${NAME} NOT NULL,
  started_at DATETIME(3) NOT NULL,
  ms INT UNSIGNED NOT NULL,
  outcome VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  finish_reason VARCHAR(64) NULL,
  input_tokens INT UNSIGNED NOT NULL,
  output_tokens INT UNSIGNED NOT NULL,
  cost_usd DECIMAL(14, 6) NOT NULL,
  estimated TINYINT UNSIGNED NOT NULL,
  answer MEDIUMTEXT NULL,
  PRIMARY KEY (tenant_id, creation_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;

const USAGE_DAYS = `CREATE TABLE IF NOT EXISTS usage_days (
  tenant_id ${ID} NOT NULL,
  day DATE NOT NULL,
  provider VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  model ${NAME} NOT NULL,
  share TINYINT UNSIGNED NOT NULL,
  calls BIGINT UNSIGNED NOT NULL,
  failed_calls BIGINT UNSIGNED NOT NULL,
  input_tokens BIGINT UNSIGNED NOT NULL,
  output_tokens BIGINT UNSIGNED NOT NULL,
  cost_usd DECIMAL(18, 6) NOT NULL,
  PRIMARY KEY (tenant_id, day, provider, model, share)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;

const CREATIONS = ['ADD COLUMN base_version INT UNSIGNED NULL', 'ADD COLUMN sections TEXT NULL'];
const CREATIONS_BACK = ['DROP COLUMN base_version', 'DROP COLUMN sections'];

const VERSIONS = [
  'ADD COLUMN part_digests TEXT NULL',
  'ADD COLUMN provenance_items MEDIUMTEXT NULL',
  'ADD COLUMN restored_from INT UNSIGNED NULL',
  'ADD COLUMN regenerated TEXT NULL',
  'ADD COLUMN ai_provider VARCHAR(200) NULL',
  `ADD COLUMN made_by ${ID} NULL`,
  'DROP KEY one_version_a_creation',
  'ADD UNIQUE KEY one_version_a_creation (made_by)',
];
const VERSIONS_BACK = [
  'DROP KEY one_version_a_creation',
  'DROP COLUMN part_digests',
  'DROP COLUMN provenance_items',
  'DROP COLUMN restored_from',
  'DROP COLUMN regenerated',
  'DROP COLUMN ai_provider',
  'DROP COLUMN made_by',
  'ADD UNIQUE KEY one_version_a_creation (creation_id)',
];

/** Each statement commits by itself and takes effect whole, so each looks first whether a run that was killed has come past it. */
export const writer: Knex.Migration = {
  async up(knex) {
    await knex.raw(MODEL_CALLS);
    await knex.raw(USAGE_DAYS);
    if (!(await knex.schema.hasColumn('role_creations', 'base_version')))
      await knex.raw(`ALTER TABLE role_creations ${CREATIONS.join(', ')}`);
    if (!(await knex.schema.hasColumn('role_versions', 'made_by')))
      await knex.raw(`ALTER TABLE role_versions ${VERSIONS.join(', ')}`);
    await knex.raw('UPDATE role_versions SET made_by = creation_id WHERE made_by IS NULL AND restored_from IS NULL');
  },
  async down(knex) {
    if (await knex.schema.hasColumn('role_versions', 'made_by')) {
      await knex.raw('DELETE FROM role_versions WHERE restored_from IS NOT NULL');
      await knex.raw(`ALTER TABLE role_versions ${VERSIONS_BACK.join(', ')}`);
    }
    if (await knex.schema.hasColumn('role_creations', 'base_version'))
      await knex.raw(`ALTER TABLE role_creations ${CREATIONS_BACK.join(', ')}`);
    for (const table of ['usage_days', 'model_calls']) await knex.schema.dropTableIfExists(table);
  },
};
