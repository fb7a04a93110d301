import type { RawConnection } from './raw-connection.ts';
import { type StatementListener, tellOfStatements } from './statement-listener.ts';

/** The server ends a connection that has said nothing for so long, in seconds; the pool ends those that it does not need sooner. */
const LEAST_SILENCE_S = 60;

/**
 * What every connection is set to, one statement after the other; the names of some settings differ between MySQL and MariaDB.
 * The wait for somebody else's lock ends before the wait for an answer, so that the two can be told apart: a server that is
 * well must not lose its connections because a process that hangs has not let go of a row. And a process that froze or vanished in the
 * middle of a transaction must not keep its locks for the eight hours that are the servers' default.
 */
const settings = (answerMs: number) => [
  `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = ${Math.max(1, Math.floor((answerMs - 500) / 1_000))}, wait_timeout = ${Math.max(LEAST_SILENCE_S, Math.ceil((2 * answerMs) / 1_000))}`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/**
 * Prepares a new connection of a pool. One that has not answered for `answerMs` milliseconds is broken off, so that the pool
 * opens another: after a failover, or behind a forgetful firewall, it would stay silent for ever.
 */
export function prepareSession(answerMs: number, onStatement?: StatementListener) {
  const statements = settings(answerMs);
  return (connection: RawConnection, done: (error: unknown, connection: RawConnection) => void): void => {
    breakOffWhenSilent(connection, answerMs);
    const next = (index: number): void => {
      const statement = statements[index];
      if (statement === undefined) {
        if (onStatement !== undefined) tellOfStatements(connection, onStatement);
        done(null, connection);
      } else connection.query(statement, (error: unknown) => (error ? done(error, connection) : next(index + 1)));
    };
    next(0);
  };
}

function breakOffWhenSilent(connection: RawConnection, answerMs: number): void {
  const query = connection.query.bind(connection);
  let pending = 0;
  let timer: NodeJS.Timeout | undefined;
  const watch = () => {
    clearTimeout(timer);
    if (pending > 0) timer = setTimeout(breakOff, answerMs);
  };
  const breakOff = () => {
    const silence = new Error(`MySQL was silent for ${answerMs} ms.`);
    connection.stream.destroy(Object.assign(silence, { code: 'ETIMEDOUT' }));
  };
  connection.stream.once('close', () => clearTimeout(timer));
  connection.query = (...args) => {
    const command = query(...args);
    pending += 1;
    watch();
    command.once('end', () => {
      pending -= 1;
      watch();
    });
    return command;
  };
}
