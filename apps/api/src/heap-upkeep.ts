import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Tells every so many milliseconds which share of one processor the process has had since it told last. Keeps no process alive. */
function watchShare(everyMs: number, tell: (share: number) => void): void {
  let before = process.cpuUsage();
  setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    tell((user + system) / 1_000 / everyMs);
  }, everyMs).unref();
}

const COLLECT_LOOK_MS = 5_000;
/** Above this share there is something to do. */
const SOMETHING = 0.35;
/** So many looks in a row must find little to do: after a collection the heap is small, and requests are slow until it has grown again. */
const QUIET_FOR_LOOKS = 6;
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
  let quietLooks = 0;
  watchShare(COLLECT_LOOK_MS, share => {
    quietLooks = share > SOMETHING ? 0 : quietLooks + 1;
    if (quietLooks < QUIET_FOR_LOOKS) return;
    // The first collection leaves pages half empty, the second gives them back.
    if (process.memoryUsage().heapUsed > kept + GROWN_BYTES) due = 2;
    if (due === 0) return;
    due -= 1;
    collect();
    kept = process.memoryUsage().heapUsed;
  });
}

const GROW_LOOK_MS = 250;
/** Above this share there is much to do. */
const MUCH = 0.5;
/** So many looks in a row must find much to do: a thousand clients that come at once are a burst, and leave what it made large behind. */
const BUSY_FOR_LOOKS = 4;

/**
 * Lets V8's young generation grow while there is much to do, and no more once there is not: accepting as fast as can be takes a large
 * one, a thousand silent streams are better off with the smallest. The figures are in docs/decisions/0013.
 */
export function growWhenBusy(): void {
  let growing = false;
  let busyLooks = 0;
  watchShare(GROW_LOOK_MS, share => {
    busyLooks = share > MUCH ? busyLooks + 1 : 0;
    const grow = busyLooks >= BUSY_FOR_LOOKS;
    if (grow === growing) return;
    growing = grow;
    setFlagsFromString(`--semi-space-growth-factor=${grow ? 4 : 1}`);
  });
}
