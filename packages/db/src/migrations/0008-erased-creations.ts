import type { Knex } from 'knex';

/*
 * How many creations of a tenant's have been erased, by the moment of their acceptance and nothing else that would tell of them: they count
 * for the limit of that day all the same. Rows of days that are over are pruned. A former release that still runs writes none.
 */
export const erasedCreations: Knex.Migration = {
  async up(knex) {
    await knex.raw(`CREATE TABLE IF NOT EXISTS erased_creations (
      tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      accepted_at DATETIME(3) NOT NULL,
      creations INT UNSIGNED NOT NULL,
      PRIMARY KEY (tenant_id, accepted_at),
      KEY by_acceptance (accepted_at)
    ) ENGINE = InnoDB`);
  },
  async down(knex) {
    await knex.raw('DROP TABLE IF EXISTS erased_creations');
  },
};
