import { parseArgs } from 'node:util';
import { type CapacityNeeds, planCapacity } from '@roleforge/domain';
import { runCommand } from './command.ts';

/** What can be said of the load, each with its default and its meaning. */
const OPTIONS = {
  rate: ['1', 'creations a second, at the peak'],
  'per-day': ['10000', 'creations a day'],
  'ai-seconds': ['20', 'the model takes for one role'],
  'start-within': ['10', 'seconds in which 95 of 100 are to be begun at the peak'],
  concurrency: ['50', 'WORKER_CONCURRENCY'],
  backlog: ['10000', 'creations that may wait at a time'],
  'profile-kb': ['20', 'kB of a role’s profile'],
} as const;
type Option = keyof typeof OPTIONS;

/** `npm run capacity -- --rate 5 --ai-seconds 20`: how many workers, apis, connections and bytes that takes. */
await runCommand('capacity', async () => {
  const names = Object.keys(OPTIONS) as Option[];
  const { values } = parseArgs({ options: Object.fromEntries(names.map(name => [name, { type: 'string' as const }])) });
  const given = (name: Option): number => {
    const value = Number(values[name] ?? OPTIONS[name][0]);
    if (!Number.isFinite(value) || value < 0 || (name === 'concurrency' && value < 1))
      throw new Error(`--${name} must be a number: ${OPTIONS[name][1]}`);
    return value;
  };
  const needs: CapacityNeeds = {
    peakPerSecond: given('rate'),
    creationsPerDay: given('per-day'),
    aiSeconds: given('ai-seconds'),
    startWithinSeconds: given('start-within'),
    concurrency: given('concurrency'),
    backlog: given('backlog'),
    profileBytes: given('profile-kb') * 1_000,
  };
  const plan = planCapacity(needs);
  const number = (value: number, digits = 0) =>
    value.toLocaleString('en', { maximumFractionDigits: digits }).padStart(10);
  process.stdout.write(`${names.map(name => `${number(given(name), 1)}  ${OPTIONS[name][1]}`).join('\n')}

${number(plan.inHand, 1)}  creations in hand at the peak, on average
${number(plan.slots)}  slots
${number(plan.workers)}  worker processes: the ${plan.bound === 'slots' ? 'slots decide' : 'processor decides'}
${number(plan.workerProcessors, 2)}  processors that they keep busy
${number(plan.apis)}  api processes, one of them to spare
${number(plan.databaseConnections)}  connections to MySQL at most
${number(plan.redisBytes / 1e6)}  MB of Redis
${number(plan.mysqlBytesPerDay / 1e6)}  MB of MySQL a day
`);
});
