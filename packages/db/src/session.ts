import type { Socket } from 'node:net';

/** As little of the driver's connection as is needed here. */
export type RawConnection = {
  query(...args: unknown[]): { once(event: 'end', listener: () => void): void };
  stream: Socket;
};

/** What every connection is set to, one statement after the other; the names of some settings differ between MySQL and MariaDB. */
const SETTINGS = [
  "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/**
 * Prepares a new connection of a pool. One that has not answered for `answerMs` milliseconds is broken off, so that the pool
 * opens another: after a failover, or behind a forgetful firewall, it would stay silent for ever.
 */
export function prepareSession(answerMs: number) {
  return (connection: RawConnection, done: (error: unknown, connection: RawConnection) => void): void => {
    breakOffWhenSilent(connection, answerMs);
    const next = (index: number): void => {
      const statement = SETTINGS[index];
      if (statement === undefined) done(null, connection);
      else connection.query(statement, (error: unknown) => (error ? done(error, connection) : next(index + 1)));
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
