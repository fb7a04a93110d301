/** A signal this soon after the first is the same Ctrl-C: the terminal sends it to npm and to us, and npm passes it on. */
const SAME_SIGNAL_MS = 1_000;

/** Resolves at the first SIGINT, SIGTERM or SIGHUP. A later one ends this program at once; the rest follows by itself. */
export function toldToStop(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let firstAt: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (firstAt !== undefined && performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
        firstAt ??= performance.now();
        resolve(signal);
      });
  });
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
