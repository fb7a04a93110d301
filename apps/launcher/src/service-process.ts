import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { childEnvironment } from '@roleforge/config';

export type ServiceSpec = {
  /** Shown to people: `worker 2`. */
  name: string;
  /** The program's file. */
  program: string;
  settings: Parameters<typeof childEnvironment>[0];
  /** Where its output goes; this program's own output where absent. */
  logFile?: string;
  /** Options for its Node, beside this program's own: `--import` of a file, say. */
  nodeOptions?: string[];
};

export type ServiceProcess = {
  readonly pid: number;
  /** Resolves when it has ended. Asks it to stop first, and makes it stop when it takes longer than `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
  /** Resolves with a few words on how it ended. */
  readonly ended: Promise<string>;
};

/**
 * Starts a service as a process of its own and resolves when it is ready. It is out of the terminal's reach, so that Ctrl-C
 * comes to this program alone, which then stops everything in order; if this program dies, the service notices and stops.
 * @throws Error with the service's own line when it ends before it is ready
 */
export async function startService(spec: ServiceSpec): Promise<ServiceProcess> {
  const { name, program, settings, logFile, nodeOptions = [] } = spec;
  const output = logFile === undefined ? 'inherit' : 'pipe';
  const child = fork(program, [], {
    env: childEnvironment(settings),
    execArgv: [...process.execArgv, ...nodeOptions],
    detached: true,
    stdio: ['ignore', output, 'pipe', 'ipc'],
  });
  const complaint = collectComplaint(child, logFile);
  const ended = once(child, 'exit').then(([code, signal]) =>
    signal === null ? `exit code ${code}` : `signal ${signal}`,
  );
  const ready = once(child, 'message');
  const first = await Promise.race([ready.then(() => 'ready' as const), ended]);
  if (first !== 'ready') throw new Error(complaint() ?? `${name} did not start: ${first}`);
  return {
    pid: child.pid as number,
    ended,
    async stop(patienceMs) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** More is no complaint of one that does not start. */
const MOST_COMPLAINT = 10_000;

/**
 * Passes standard error on, and keeps what tells why a service does not start: its one line, or, where Node itself gives up on it, the
 * line with the error, which stands below that with the file.
 */
function collectComplaint(child: ChildProcess, logFile: string | undefined): () => string | undefined {
  let said = '';
  let ready = false;
  child.once('message', () => {
    ready = true;
  });
  const log = logFile === undefined ? process.stderr : createWriteStream(logFile, { flags: 'a' });
  if (logFile !== undefined) child.stdout?.pipe(log);
  child.stderr?.on('data', (chunk: Buffer) => {
    if (!ready && said.length < MOST_COMPLAINT) said += chunk.toString();
    if (ready || logFile !== undefined) log.write(chunk);
  });
  return () => {
    const lines = said.split('\n').filter(line => line !== '');
    return lines.find(line => /^\w*Error\b.*: /.test(line)) ?? lines[0];
  };
}
