import { type LogLevel, LogLevelOrder, type ServiceName } from '@roleforge/contracts';
import { logLevelKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/** What the operator has ordered the processes of each service to log for a while. Every call rejects when Redis does not answer. */
export type LogLevels = {
  /** What holds for a service now; null where its processes log as they are configured. */
  read(service: ServiceName): Promise<LogLevelOrder | null>;
  /** Holds until then, and no longer. */
  order(service: ServiceName, order: { level: LogLevel; until: Date }): Promise<void>;
  /** From now on the processes log as they are configured. */
  withdraw(service: ServiceName): Promise<void>;
};

/** Orders stand in Redis and expire there: a process that starts meanwhile finds them, and nobody has to take one back. */
export function createLogLevels(redis: RedisConnection, prefix: string): LogLevels {
  return {
    async read(service) {
      const order = await redis.get(logLevelKey(prefix, service));
      return order === null ? null : (LogLevelOrder.safeParse(JSON.parse(order)).data ?? null);
    },
    async order(service, { level, until }) {
      const order: LogLevelOrder = { level, until: until.toISOString() };
      await redis.set(logLevelKey(prefix, service), JSON.stringify(order), 'PXAT', until.getTime());
    },
    withdraw: async service => void (await redis.del(logLevelKey(prefix, service))),
  };
}
