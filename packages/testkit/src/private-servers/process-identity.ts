import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * One process, and no later one that happens to get its number. Only a process known by its identity is ever signalled.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in whatever form the platform tells it: only good for comparing. */
  readonly startedAt: string;
}

/** The process that has this number now, undefined if there is none. A zombie counts as gone. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = existsSync('/proc/self/stat') ? startFromProc(pid) : startFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether this very process still runs. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  return identify(pid)?.startedAt === startedAt;
}

function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may itself hold spaces and parentheses. After it: the state (field 3), …, the number of threads
    // (field 20), ticks since boot (field 22). A zombie whose other threads are still ending has its sockets and files open.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const ended = fields[0] === 'X' || (fields[0] === 'Z' && Number(fields[17]) <= 1);
    return ended ? undefined : `${bootId}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('/bin/ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim();
  } catch (error) {
    // ps fails for a process that is not there. Without any ps (Windows, where the servers run in Docker) the number has to do.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && isTaken(pid) ? 'unknown' : undefined;
  }
}

function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
