import { openRedis } from '@roleforge/queue';
import type { KeptService } from '../../apps/launcher/src/keep-service.ts';
import type { Surroundings, SystemUnderTest } from './system-under-test.ts';

/** Resolves after so many milliseconds; rejects when the suite is told to stop. */
export type Pause = (ms: number) => Promise<void>;

export type Fault = Surroundings & {
  name: string;
  /** For the reader of the list. */
  what: string;
  /** Whether a call of the model that is under way may have to be made again. */
  hitsCalls: boolean;
  /**
   * So many creations wait and no worker runs when it strikes; workers start when it is over, and have a quick model. Without it
   * the fault strikes in the midst of a steady load.
   */
  backlog?: number;
  /** Does the harm, and resolves when that is over: from here on whatever is called for again is the service's own doing. */
  strike(system: SystemUnderTest, pause: Pause): Promise<void>;
};

const SERVER_GONE_MS = 1_000;

/** What a RoleForge in service has to bear. Each strikes a system of its own. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'kill-worker',
    what: 'SIGKILL a worker',
    hitsCalls: true,
    strike: ({ workers: [worker] }) => kill(worker),
  },
  {
    name: 'kill-api',
    what: 'SIGKILL the api',
    hitsCalls: false,
    strike: ({ api }) => kill(api),
  },
  {
    name: 'kill-redis',
    what: 'SIGKILL Redis and start it again',
    hitsCalls: true,
    async strike({ servers: { redis } }, pause) {
      await redis.kill();
      await pause(SERVER_GONE_MS);
      await redis.startAgain();
    },
  },
  {
    name: 'flush',
    what: 'FLUSHALL',
    hitsCalls: true,
    strike: flush,
  },
  {
    name: 'redis-away',
    what: 'Redis away for 30 s',
    hitsCalls: true,
    through: 'redis',
    strike: (system, pause) => away(system, 30_000, pause),
  },
  {
    name: 'kill-mariadb',
    what: 'SIGKILL MariaDB and start it again',
    hitsCalls: true,
    async strike({ servers: { mariadb } }, pause) {
      await mariadb.kill();
      await pause(SERVER_GONE_MS);
      await mariadb.startAgain();
    },
  },
  {
    name: 'mariadb-away',
    what: 'MariaDB refusing connections for 20 s',
    hitsCalls: true,
    through: 'mariadb',
    strike: (system, pause) => away(system, 20_000, pause),
  },
  {
    name: 'freeze-worker',
    what: 'SIGSTOP a worker for 60 s',
    hitsCalls: true,
    async strike({ servers, workers: [worker] }, pause) {
      const pid = pidOf(worker);
      servers.guard(pid);
      process.kill(pid, 'SIGSTOP');
      try {
        await pause(60_000);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    },
  },
  {
    name: 'rolling-restart',
    what: 'SIGTERM to each process in turn, the next when its successor is ready',
    hitsCalls: false,
    async strike({ api, workers }) {
      for (const service of [...workers, api]) {
        const successor = service.successor();
        process.kill(pidOf(service), 'SIGTERM');
        await successor;
      }
    },
  },
  {
    name: 'clocks-apart',
    what: 'clocks of two workers 5 s apart',
    hitsCalls: false,
    clocksOffMs: [-2_500, 2_500],
    strike: async () => {},
  },
  {
    name: 'flush-10000',
    what: 'FLUSHALL while 10,000 creations wait',
    hitsCalls: false,
    backlog: 10_000,
    strike: flush,
  },
];

/** The faults of these names, in the suite's order; all of them where none is named. @throws Error that names an unknown one */
export function faultsNamed(names: readonly string[]): Fault[] {
  const unknown = names.find(name => !FAULTS.some(fault => fault.name === name));
  if (unknown !== undefined)
    throw new Error(`there is no fault ${unknown}; there are ${FAULTS.map(fault => fault.name).join(', ')}`);
  return FAULTS.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function flush({ servers }: SystemUnderTest): Promise<void> {
  const redis = openRedis(servers.redis.url, 'worker');
  await redis.flushall();
  await redis.quit();
}

async function kill(service: KeptService | undefined): Promise<void> {
  const ended = service?.current().ended;
  process.kill(pidOf(service), 'SIGKILL');
  await ended;
}

async function away({ proxy }: SystemUnderTest, ms: number, pause: Pause): Promise<void> {
  if (proxy === null) throw new Error('This fault needs a proxy to cut.');
  proxy.cut();
  try {
    await pause(ms);
  } finally {
    proxy.restore();
  }
}

function pidOf(service: KeptService | undefined): number {
  if (service === undefined) throw new Error('There is no such process.');
  return service.current().pid;
}
