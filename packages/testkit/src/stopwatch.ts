/** The clock is looked at so often, in milliseconds; of the time between two looks no more than twice as much counts. */
const LOOK_EVERY_MS = 20;

/** Counts the time in which this process is awake. */
export type Stopwatch = {
  /** How many milliseconds it has counted. */
  read(): number;
  /** As `read`, and stops it. */
  stop(): number;
};

/**
 * For what must be done within a time: a busy machine lets processes wait for seconds, and that says nothing of what they do. It does not
 * see code that keeps the event loop busy either.
 */
export function startStopwatch(): Stopwatch {
  let counted = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    counted += Math.min(now - last, 2 * LOOK_EVERY_MS);
    last = now;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  const read = () => {
    look();
    return counted;
  };
  return {
    read,
    stop() {
      clearInterval(timer);
      return read();
    },
  };
}
