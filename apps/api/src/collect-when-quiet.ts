import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 5_000;
/** Share of one processor that was used since the last look: above it, there are better things to do. */
const BUSY = 0.35;
/** How much larger the heap must have become to be worth the pause of some 50 ms. */
const GROWN_BYTES = 6 * 1_048_576;

/**
 * Gives memory back while there is little to do. V8 collects by what is allocated, and a process with a thousand silent
 * streams allocates next to nothing: what opening them left behind would stay for hours. Needs V8's `--expose-gc`.
 */
export function collectWhenQuiet(): void {
  const collect: () => void = runInNewContext('gc');
  let kept = 0;
  let due = 0;
  let before = process.cpuUsage();
  setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    if ((user + system) / 1_000 > BUSY * LOOK_EVERY_MS) return;
    // The first collection leaves pages half empty, the second gives them back.
    if (process.memoryUsage().heapUsed > kept + GROWN_BYTES) due = 2;
    if (due === 0) return;
    due -= 1;
    collect();
    kept = process.memoryUsage().heapUsed;
  }, LOOK_EVERY_MS).unref();
}

const BUSY_LOOK_MS = 1_000;
/** So many looks in a row must find it busy: a thousand clients that come at once are a burst, and leave what it made large behind. */
const BUSY_FOR_LOOKS = 3;

/**
 * Lets V8's young generation grow while there is much to do, and no more once there is not: accepting as fast as can be takes a large
 * one, a thousand silent streams are better off with the smallest. The figures are in docs/decisions/0013.
 */
export function growWhenBusy(): void {
  let before = process.cpuUsage();
  let growing = false;
  let busyLooks = 0;
  setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    busyLooks = (user + system) / 1_000 > BUSY * BUSY_LOOK_MS ? busyLooks + 1 : 0;
    const busy = busyLooks >= BUSY_FOR_LOOKS;
    if (busy === growing) return;
    growing = busy;
    setFlagsFromString(`--semi-space-growth-factor=${busy ? 2 : 1}`);
  }, BUSY_LOOK_MS).unref();
}
