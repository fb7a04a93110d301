import type { Database } from './database.ts';

/** What statements of a running release rest on. */
export type Schema = {
  /** By `table.column`. */
  columns: ReadonlyMap<string, { type: string; nullable: boolean; filled: boolean }>;
  /** By `table.index`: its columns in order. Foreign keys are among them. */
  indexes: ReadonlyMap<string, { unique: boolean; columns: readonly string[] }>;
};

/**
 * What a change of the schema would break for processes of the release before, which go on running beside it: what they read or write is
 * gone or of another type, their INSERT leaves a column out that must be given, a row of theirs offends a rule that they do not know, or an
 * index is gone that they may name. Tables that are new to them are no business of theirs.
 */
export function breaksOf(before: Schema, after: Schema): string[] {
  const tables = new Set([...before.columns.keys()].map(tableOf));
  const breaks: string[] = [];
  for (const [name, was] of before.columns) {
    const is = after.columns.get(name);
    if (is === undefined) breaks.push(`${name} is gone`);
    else if (is.type !== was.type) breaks.push(`${name} has another type`);
    else if (mustBeGiven(is) && !mustBeGiven(was)) breaks.push(`${name} must be given`);
  }
  for (const [name, is] of after.columns)
    if (tables.has(tableOf(name)) && !before.columns.has(name) && mustBeGiven(is)) breaks.push(`${name} must be given`);
  for (const [name, was] of before.indexes) {
    const is = after.indexes.get(name);
    if (is === undefined) breaks.push(`index ${name} is gone`);
    else if (is.columns.join() !== was.columns.join()) breaks.push(`index ${name} has other columns`);
  }
  for (const [name, { unique, columns }] of after.indexes) {
    const known = columns.some(column => before.columns.has(`${tableOf(name)}.${column}`));
    if (unique && known && tables.has(tableOf(name)) && before.indexes.get(name)?.unique !== true)
      breaks.push(`index ${name} is unique`);
  }
  return breaks;
}

const tableOf = (name: string) => name.split('.')[0] ?? '';
const mustBeGiven = ({ nullable, filled }: { nullable: boolean; filled: boolean }) => !nullable && !filled;

/** The schema as the server has it, without what knex keeps for itself. */
export async function readSchema({ knex }: Database): Promise<Schema> {
  const [columns] = await knex.raw(
    `SELECT table_name AS t, column_name AS c, column_type AS type, is_nullable = 'YES' AS nullable,
       column_default IS NOT NULL OR extra LIKE '%auto_increment%' AS filled
     FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name NOT LIKE 'knex%'`,
  );
  const [parts] = await knex.raw(
    `SELECT table_name AS t, index_name AS i, column_name AS c, non_unique = 0 AS uniq
     FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name NOT LIKE 'knex%'
     ORDER BY table_name, index_name, seq_in_index`,
  );
  const indexes = new Map<string, { unique: boolean; columns: string[] }>();
  for (const { t, i, c, uniq } of parts) {
    const index = indexes.get(`${t}.${i}`) ?? { unique: uniq === 1, columns: [] };
    index.columns.push(c);
    indexes.set(`${t}.${i}`, index);
  }
  return {
    columns: new Map(
      columns.map(({ t, c, type, nullable, filled }: Record<string, unknown>) => [
        `${t}.${c}`,
        { type, nullable: nullable === 1, filled: filled === 1 },
      ]),
    ),
    indexes,
  };
}
