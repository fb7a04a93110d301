const MOST = 64;

/** How many workers `--workers` asks for. @throws Error with one line where it is no whole number in digits, or too many */
export function workerCountOf(text: string): number {
  const workers = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (workers <= MOST) return workers;
  throw new Error(`--workers must be a whole number from 0 to ${MOST}, not ${JSON.stringify(text)}`);
}
