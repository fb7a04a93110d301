import type { LogLevel, LogLevelOrder, ServiceName } from '@roleforge/contracts';
import type { LogLevels } from './log-levels.ts';

type Options = {
  levels: Pick<LogLevels, 'read'>;
  service: ServiceName;
  /** Told of every change: null where the process is to log as it is configured. */
  apply: (level: LogLevel | null) => void;
  everyMs?: number;
  now?: () => number;
};

const LOOK_EVERY_MS = 1_000;

/**
 * Keeps a process to what its service was told to log, from now on until it is stopped. While Redis does not answer, what was heard last
 * holds until its time is over.
 */
export function followLogLevel({ levels, service, apply, everyMs = LOOK_EVERY_MS, now = Date.now }: Options): {
  stop(): void;
} {
  let order: LogLevelOrder | null = null;
  let applied: LogLevel | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    order = await levels.read(service).catch(() => order);
    const level = order !== null && Date.parse(order.until) > now() ? order.level : null;
    if (stopped) return;
    if (level !== applied) apply(level);
    applied = level;
    timer = setTimeout(look, everyMs).unref();
  }
  void look();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
