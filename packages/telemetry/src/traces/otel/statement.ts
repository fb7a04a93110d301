import type { SpanFields } from '../tracing.ts';

/** An INSERT of a thousand rows is as long as it is dull. */
const LONGEST_TEXT = 1_000;

const OPERATION = /^\s*(\w+)/;
const TABLE = /\b(?:from|into|update|join)\s+`?([\w.]+)`?/i;

/** What a span says of a statement, in which a placeholder stands for each value. */
export function statementOf(sql: string): { name: string; fields: SpanFields } {
  const operation = OPERATION.exec(sql)?.[1]?.toUpperCase() ?? 'QUERY';
  const table = TABLE.exec(sql)?.[1];
  return {
    name: table === undefined ? operation : `${operation} ${table}`,
    fields: {
      'db.system.name': 'mysql',
      'db.operation.name': operation,
      'db.collection.name': table,
      'db.query.text': sql.length > LONGEST_TEXT ? `${sql.slice(0, LONGEST_TEXT)}…` : sql,
    },
  };
}
