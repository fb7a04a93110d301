import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ServerStartFailed } from './errors.ts';
import { findFreePort } from './free-port.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';
import { lastLines } from './run-program.ts';

const LOOK_EVERY_MS = 10;
/** Long, because a server that crashed with much data first reads it all again. */
const READY_WITHIN_MS = 120_000;
const PORT_ATTEMPTS = 5;
/** A port that has to be that very one may be another program's for as long as a connection of it lasts. */
const SAME_PORT_ATTEMPTS = 100;
const SAME_PORT_PAUSE_MS = 100;

/** How one server is run. */
export interface ServerCommand {
  readonly program: string;
  /** The arguments for a port of 127.0.0.1; called once per attempt. */
  readonly args: (port: number) => string[];
  readonly cwd: string;
  /** Both outputs are appended to it. */
  readonly logFile: string;
  /** What the server prints once it answers connections: only our own server writes to our log, another may hold the port. */
  readonly readyText: string;
}

/** A server that answers. */
export interface RunningServer {
  readonly port: number;
  /** Resolves with a few words on how it ended; this alone keeps no program alive. */
  readonly ended: Promise<string>;
  /** Keeps this program alive until the server has ended. */
  awaitEnd(): Promise<unknown>;
}

/**
 * Starts a server, on a free port unless one is named, and returns it when it answers. `onSpawn` hears of each process in the
 * same turn in which it comes to be, so that no crash of this program leaves one unknown; whoever listens also ends them, after a
 * failure too.
 * @throws ServerStartFailed, with the end of the server's log, when it ends or is not ready in two minutes
 */
export async function startServer(
  command: ServerCommand,
  onSpawn: (server: ProcessIdentity) => void,
  samePort?: number,
): Promise<RunningServer> {
  const attempts = samePort === undefined ? PORT_ATTEMPTS : SAME_PORT_ATTEMPTS;
  for (let attempt = 1; ; attempt++) {
    const port = samePort ?? (await findFreePort());
    const log = openLog(command.logFile);
    const child = spawnServer(command, port, log.descriptor);
    const server = child.pid === undefined ? undefined : identify(child.pid);
    if (server) onSpawn(server);
    const ended = endOf(child);
    const outcome = await readiness(ended, () => log.read().includes(command.readyText));
    const printed = log.read();
    closeSync(log.descriptor);
    if (outcome === 'ready') {
      const awaitEnd = () => {
        child.ref();
        return ended;
      };
      return { port, ended: ended.then(({ how }) => how), awaitEnd };
    }
    if (printed.includes('Address already in use') && attempt < attempts) {
      if (samePort !== undefined) await pause(SAME_PORT_PAUSE_MS);
      continue;
    }
    throw new ServerStartFailed(`${basename(command.program)} ${outcome}`, lastLines(printed));
  }
}

function spawnServer({ program, args, cwd }: ServerCommand, port: number, log: number): ChildProcess {
  const child = spawn(program, args(port), {
    cwd,
    // Its own process group: Ctrl-C at the terminal reaches this program alone, which may need its servers to finish.
    detached: true,
    stdio: ['ignore', log, log],
    // What it prints is looked at, in English.
    env: { ...process.env, LC_ALL: 'C' },
  });
  // A program that ends without a word is not kept alive by its servers.
  child.unref();
  return child;
}

type End = { how: string; unable?: Error };

function endOf(child: ChildProcess): Promise<End> {
  return new Promise(resolve => {
    child.once('error', unable => resolve({ how: unable.message, unable }));
    child.once('exit', (code, signal) => resolve({ how: signal === null ? `exit code ${code}` : `signal ${signal}` }));
  });
}

async function readiness(ended: Promise<End>, isReady: () => boolean): Promise<string> {
  let end: End | undefined;
  void ended.then(known => {
    end = known;
  });
  const until = Date.now() + READY_WITHIN_MS;
  while (end === undefined) {
    if (isReady()) return 'ready';
    if (Date.now() > until) return `was not ready after ${READY_WITHIN_MS / 1000} s`;
    await pause(LOOK_EVERY_MS);
  }
  return end.unable ? `could not be started: ${end.how}` : `ended while starting (${end.how})`;
}

/** The log, and what this server has put there: earlier ones wrote before the place where it ended at the opening. */
function openLog(file: string): { descriptor: number; read(): string } {
  const descriptor = openSync(file, 'a+', 0o600);
  const start = fstatSync(descriptor).size;
  const read = () => {
    const bytes = Buffer.alloc(fstatSync(descriptor).size - start);
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, start));
  };
  return { descriptor, read };
}
