/** A signal this soon after the first is the same Ctrl-C: the terminal sends it to npm and to us, and npm passes it on. */
const SAME_SIGNAL_MS = 1_000;

/** How often it is looked whether npm is still there, in milliseconds. */
const LOOK_FOR_NPM_MS = 500;

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP, or when npm is gone that started this program: it hands a signal on to its shell alone,
 * which ends by it and tells nobody. A later signal ends this program at once; the rest follows by itself.
 */
export function toldToStop(): Promise<void> {
  return new Promise(resolve => {
    if (process.env.npm_lifecycle_event !== undefined) whenParentIsGone(resolve);
    let firstAt: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (firstAt !== undefined && performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
        firstAt ??= performance.now();
        resolve();
      });
  });
}

function whenParentIsGone(tell: () => void): void {
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    tell();
  }, LOOK_FOR_NPM_MS);
  looking.unref();
}

/** Runs a command-line program: an error is one line on standard error and exit code 1. */
export async function runCommand(name: string, command: () => Promise<void>): Promise<void> {
  try {
    await command();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${name}: ${(error as Error).message}\n`);
    process.exit(1);
  }
}
