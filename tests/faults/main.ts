import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startKillableServers } from '@roleforge/testkit';
import { runCommand, toldToStop } from '../../apps/launcher/src/command.ts';
import { type Fault, faultsNamed } from './faults.ts';
import { type FaultReport, runFault } from './run-fault.ts';
import type { Figures } from './system-under-test.ts';
import { remarks, TABLE_HEAD, tableLine } from './table.ts';

/** A little less than the load needs, so that some creations always wait on the queue, where a fault can hit them too. */
const CONCURRENCY = 20;

const print = (line = '') => void process.stdout.write(`${line}\n`);

/** `npm run test:faults`, or `-- kill-redis flush --creations 500` for some of it. Exits 1 on anything lost or doubled. */
await runCommand('faults', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      creations: { type: 'string', default: '2000' },
      rate: { type: 'string', default: '60' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const faults = faultsNamed(positionals);
  const figures: Figures = {
    creations: wholeNumber('--creations', values.creations),
    perSecond: wholeNumber('--rate', values.rate),
    latencyMs: 700,
    workers: 2,
    concurrency: CONCURRENCY,
    lockSeconds: 5,
    reconcileSeconds: 2,
    graceSeconds: 10,
  };
  const told = new AbortController();
  void toldToStop().then(signal => told.abort(new Error(`stopped by ${signal}`)));

  print(describeRun(figures));
  print(`\n${TABLE_HEAD}`);
  const reports: FaultReport[] = [];
  let broken = 0;
  for (const fault of faults) {
    const outcome = await strike(fault, figures, told.signal, values.verbose);
    told.signal.throwIfAborted();
    if (outcome instanceof Error) {
      broken += 1;
      print(`${fault.name.padEnd(16)}  could not be carried out: ${outcome.message}`);
      continue;
    }
    reports.push(outcome);
    print(tableLine(outcome));
    for (const remark of remarks(outcome)) print(`  ${remark}`);
  }

  const [lost, doubled] = [sum(reports, 'lost'), sum(reports, 'doubled')];
  print(`\n${reports.length} faults, load average ${loadAverage()} at the end: ${lost} lost, ${doubled} doubled`);
  if (broken + lost + doubled > 0)
    throw new Error(`${lost} lost, ${doubled} doubled, ${broken} faults not carried out`);
});

/** One fault on servers of its own. */
async function strike(
  fault: Fault,
  figures: Figures,
  signal: AbortSignal,
  verbose: boolean,
): Promise<FaultReport | Error> {
  try {
    const servers = await startKillableServers();
    try {
      const report = (line: string) => (verbose ? print(`  ${line}`) : undefined);
      return await runFault({ fault, servers, figures, signal, report });
    } finally {
      await servers.stop();
    }
  } catch (error) {
    return error as Error;
  }
}

function describeRun(figures: Figures): string {
  const { perSecond, creations, latencyMs, workers, concurrency, lockSeconds, reconcileSeconds, graceSeconds } =
    figures;
  return [
    `faults: ${cpus().length} cores (${cpus()[0]?.model}), load average ${loadAverage()} at the start`,
    `${perSecond} submissions a second until ${creations} or more are accepted; the model answers after ${latencyMs} ms`,
    `one api, ${workers} workers with ${concurrency} creations in hand at once each; lock ${lockSeconds} s, reconciler every ${reconcileSeconds} s, grace ${graceSeconds} s`,
  ].join('\n');
}

function loadAverage(): string {
  return loadavg()
    .map(average => average.toFixed(2))
    .join(' ');
}

function sum(reports: readonly FaultReport[], key: 'lost' | 'doubled'): number {
  return reports.reduce((total, report) => total + report[key], 0);
}

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`${flag} takes a whole number above 0, not ${text}`);
}
