import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** The exit code; 127 where the program could not be started, 128 where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  /** Standard output and standard error, as they came. */
  readonly printed: string;
}

/**
 * Runs a program to its end. It gets its own process group, so that Ctrl-C at the terminal does not break it off halfway, and
 * the caller's environment with `env` added. Never rejects.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ProgramResult> {
  return new Promise(resolve => {
    let stdout = '';
    let printed = '';
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      printed += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.on('error', error => resolve({ code: 127, stdout, printed: error.message }));
    child.on('close', code => resolve({ code: code ?? 128, stdout, printed }));
  });
}

/** The last lines of a text, without empty ones. */
export function lastLines(text: string, count = 15): string {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-count)
    .join('\n');
}
