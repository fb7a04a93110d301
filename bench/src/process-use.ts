import { readFileSync } from 'node:fs';

const MS_A_TICK = 10;

/** The processor's time that a process has had, user's and system's, in milliseconds; NaN where the system does not tell. */
export function processorMs(pid: number | undefined): number {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
    return (Number(user) + Number(system)) * MS_A_TICK;
  } catch {
    return Number.NaN;
  }
}

/** How much memory a process holds, in MiB; NaN where the system does not tell. */
export function residentMb(pid: number | undefined): number {
  try {
    const [, kB] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kB) / 1_024;
  } catch {
    return Number.NaN;
  }
}
