import type { Knex } from 'knex';

/*
 * A row for each Idempotency-Key of the last 24 hours. The primary key is what makes one creation of many requests, whichever
 * processes they reach. `claim` is the first creation's id, or a made one where a batch had nothing to accept; the key itself is
 * binary, since the ASCII collation takes "a" and "a " for the same.
 */
const TABLE = `CREATE TABLE IF NOT EXISTS idempotency_keys (
  tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scope VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idempotency_key VARBINARY(255) NOT NULL,
  body_digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  claim VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  answer MEDIUMTEXT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (tenant_id, scope, idempotency_key),
  KEY by_age (created_at),
  KEY by_claim (tenant_id, claim)
)`;

export const idempotencyKeys: Knex.Migration = {
  async up(knex) {
    await knex.raw(`${TABLE} ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  },
  async down(knex) {
    await knex.schema.dropTableIfExists('idempotency_keys');
  },
};
