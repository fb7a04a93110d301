import type { RawConnection } from './raw-connection.ts';

/**
 * Hears of each statement when it is sent, in the context of those whom it is for; with a placeholder for each value, since what
 * customers wrote is in the values. What it returns hears of the end, with the error if there was one.
 */
export type StatementListener = (sql: string) => ((error: unknown) => void) | null;

type Answer = (error: unknown, ...rest: unknown[]) => void;

/**
 * Tells of the statements of a connection, those that the query builder sends and those that go past it. This is the last place that sees
 * a statement without its values: the driver puts them in, and what it publishes of itself has them.
 */
export function tellOfStatements(connection: RawConnection, listener: StatementListener): void {
  const query = connection.query.bind(connection);
  connection.query = (...args) => {
    const [statement] = args;
    const ended = listener(typeof statement === 'string' ? statement : (statement as { sql: string }).sql);
    const answer = args.at(-1);
    if (ended === null || typeof answer !== 'function') return query(...args);
    const answered: Answer = (error, ...rest) => {
      ended(error ?? undefined);
      (answer as Answer)(error, ...rest);
    };
    return query(...args.slice(0, -1), answered);
  };
}
