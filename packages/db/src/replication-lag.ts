import { answered, type Database } from './database.ts';

/**
 * How far a replica is behind, in milliseconds: by the time that stands in a row, which is written on the primary now and is looked for
 * on the replica. Only the primary's clock counts, and it does not matter how the one gets to the other, nor through how many servers. All
 * who watch write the same row, so what is found is seldom older than the shortest pause between two looks.
 * @throws StoreUnavailable
 */
export async function measureLag(primary: Database, replica: Database): Promise<number> {
  const now = await answered(primary, async () => {
    const [[{ now }]] = await primary.knex.raw('SELECT UTC_TIMESTAMP(3) AS now');
    await primary.knex.raw(
      'INSERT INTO replication_beat (id, beat_at) VALUES (1, ?) ON DUPLICATE KEY UPDATE beat_at = GREATEST(beat_at, VALUES(beat_at))',
      [now],
    );
    return now as Date;
  });
  const row: { beat_at: Date } | undefined = await answered(replica, () =>
    replica.knex('replication_beat').first('beat_at'),
  );
  return row === undefined ? Number.POSITIVE_INFINITY : Math.max(0, now.getTime() - row.beat_at.getTime());
}
