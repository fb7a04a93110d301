import type { Knex } from 'knex';

/*
 * A message's `traceparent` is that of the request whose end it tells of: it may be sent when the creation's own row is gone. Messages of
 * before, and those of a former release that still runs, have none.
 */
export const traces: Knex.Migration = {
  async up(knex) {
    if (await knex.schema.hasColumn('webhook_deliveries', 'traceparent')) return;
    await knex.raw(
      'ALTER TABLE webhook_deliveries ADD COLUMN traceparent CHAR(55) CHARACTER SET ascii COLLATE ascii_bin NULL',
    );
  },
  async down(knex) {
    if (await knex.schema.hasColumn('webhook_deliveries', 'traceparent'))
      await knex.raw('ALTER TABLE webhook_deliveries DROP COLUMN traceparent');
  },
};
