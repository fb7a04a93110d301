import type { Knex } from 'knex';

/** What a tenant's Idempotency-Key was first used for, and what the caller was answered. */
const TABLE = `CREATE TABLE IF NOT EXISTS idempotency_keys (
  tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scope VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body_digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  claim VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  answer MEDIUMTEXT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (tenant_id, scope, idempotency_key),
  KEY by_claim (tenant_id, claim),
  KEY by_age (created_at)
)`;

export const idempotencyKeys: Knex.Migration = {
  async up(knex) {
    await knex.raw(`${TABLE} ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  },
  async down(knex) {
    await knex.schema.dropTableIfExists('idempotency_keys');
  },
};
