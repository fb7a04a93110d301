import { tracingChannel } from 'node:diagnostics_channel';
import type { Begin, EndSpan } from './spans.ts';

/** What ioredis tells of a command. Its arguments hold what jobs and events consist of, and are left alone. */
type Command = { command: string; serverAddress?: string; serverPort?: number; error?: unknown };

/** A span for each Redis command of a traced piece of work, from now on. Returns what ends that. */
export function watchRedis(begin: Begin): () => void {
  const channel = tracingChannel<unknown, Command>('ioredis:command');
  const sent = new WeakMap<Command, EndSpan>();
  const subscribers = {
    start(command: Command) {
      const end = begin(() => describe(command));
      if (end !== null) sent.set(command, end);
    },
    end() {},
    asyncStart() {},
    asyncEnd: (command: Command) => sent.get(command)?.(command.error),
    error() {},
  };
  channel.subscribe(subscribers);
  return () => channel.unsubscribe(subscribers);
}

function describe({ command, serverAddress, serverPort }: Command) {
  const fields = {
    'db.system.name': 'redis',
    'db.operation.name': command,
    'server.address': serverAddress,
    'server.port': serverPort,
  };
  return { name: command, fields };
}
