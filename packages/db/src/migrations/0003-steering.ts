import type { Knex } from 'knex';

/*
 * What steering a creation needs: a pause flag, the finished steps of its attempts and the log of them, a place for bulk calls,
 * and indexes that serve both a tenant's lists and whoever reads all unfinished creations in the order of their acceptance.
 */
const CREATION_CHANGES = [
  'ADD COLUMN pause_requested TINYINT UNSIGNED NOT NULL DEFAULT 0',
  'ADD COLUMN deadline_seconds INT UNSIGNED NULL',
  'ADD COLUMN cancelled_step VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NULL',
  'ADD COLUMN gathered MEDIUMTEXT NULL',
  'ADD COLUMN draft MEDIUMTEXT NULL',
  'ADD COLUMN attempt_log MEDIUMTEXT NULL',
  'ADD KEY by_tenant_status (tenant_id, status, id)',
  'ADD KEY unfinished (status, id)',
  'DROP KEY by_status',
  'DROP COLUMN limited_attempts',
];

/** Creations of before know when they expire, and a retry has to know after how long. */
const DEADLINES = `UPDATE role_creations
  SET deadline_seconds = TIMESTAMPDIFF(SECOND, GREATEST(created_at, COALESCE(run_at, created_at)), deadline_at)
  WHERE deadline_at IS NOT NULL AND deadline_seconds IS NULL`;

const CREATION_CHANGES_BACK = [
  'DROP COLUMN pause_requested',
  'DROP COLUMN deadline_seconds',
  'DROP COLUMN cancelled_step',
  'DROP COLUMN gathered',
  'DROP COLUMN draft',
  'DROP COLUMN attempt_log',
  'DROP KEY by_tenant_status',
  'DROP KEY unfinished',
  'ADD KEY by_status (status, tenant_id, id)',
  'ADD COLUMN limited_attempts INT UNSIGNED NOT NULL DEFAULT 0',
];

const BULK_OPERATIONS = `CREATE TABLE IF NOT EXISTS bulk_operations (
  tenant_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  action VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  filter TEXT NOT NULL,
  state VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  matched INT UNSIGNED NOT NULL,
  done INT UNSIGNED NOT NULL DEFAULT 0,
  until_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
  created_at DATETIME(3) NOT NULL,
  finished_at DATETIME(3) NULL,
  PRIMARY KEY (tenant_id, id),
  KEY by_state (state, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;

/** Each statement commits by itself and takes effect whole, so each looks first whether a run that was killed has come past it. */
export const steering: Knex.Migration = {
  async up(knex) {
    if (!(await knex.schema.hasColumn('role_creations', 'pause_requested')))
      await knex.raw(`ALTER TABLE role_creations ${CREATION_CHANGES.join(', ')}`);
    await knex.raw(DEADLINES);
    if (!(await knex.schema.hasColumn('tenants', 'paused_at')))
      await knex.raw('ALTER TABLE tenants ADD COLUMN paused_at DATETIME(3) NULL');
    await knex.raw(BULK_OPERATIONS);
  },
  async down(knex) {
    await knex.schema.dropTableIfExists('bulk_operations');
    if (await knex.schema.hasColumn('tenants', 'paused_at'))
      await knex.raw('ALTER TABLE tenants DROP COLUMN paused_at');
    if (await knex.schema.hasColumn('role_creations', 'pause_requested'))
      await knex.raw(`ALTER TABLE role_creations ${CREATION_CHANGES_BACK.join(', ')}`);
  },
};
