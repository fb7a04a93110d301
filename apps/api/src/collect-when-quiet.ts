import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 5_000;
/** Share of the time since the last look that the process was at work: above it, it has better things to do. */
const BUSY = 0.1;
/** How much larger the heap must have become to be worth the pause of some 50 ms. */
const GROWN_BYTES = 6 * 1_048_576;

/**
 * Gives memory back while there is little to do. V8 collects by what is allocated, and a process with a thousand silent
 * streams allocates next to nothing: what opening them left behind would stay for hours. Needs V8's `--expose-gc`.
 */
export function collectWhenQuiet(): void {
  const collect: () => void = runInNewContext('gc');
  let kept = 0;
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > BUSY || process.memoryUsage().heapUsed < kept + GROWN_BYTES) return;
    collect();
    kept = process.memoryUsage().heapUsed;
  }, LOOK_EVERY_MS).unref();
}
