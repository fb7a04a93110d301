import type { Knex } from 'knex';

/*
 * How far a replica is behind can be seen on it: `replication_beat` has one row, with the time at which it was last written on the
 * server that replicates from. Only where there is a replica is it ever written.
 */
export const replicationBeat: Knex.Migration = {
  async up(knex) {
    await knex.raw(
      'CREATE TABLE IF NOT EXISTS replication_beat (id TINYINT UNSIGNED NOT NULL PRIMARY KEY, beat_at DATETIME(3) NOT NULL) ENGINE = InnoDB',
    );
  },
  async down(knex) {
    await knex.raw('DROP TABLE IF EXISTS replication_beat');
  },
};
