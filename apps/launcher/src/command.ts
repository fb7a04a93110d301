/** Resolves at the first SIGINT, SIGTERM or SIGHUP. A second one ends this program at once; the rest follows by itself. */
export function toldToStop(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let told = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (told) process.exit(130);
        told = true;
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
