import { processorMs } from './process-use.ts';

/** A process, and load for it, which says how many requests it served in a second. */
type Side = { pid: number | undefined; load: () => Promise<number> };

/** Short runs that alternate: what else the machine does weighs on both alike. */
const PAIRS = 20;
export const PAIR_SECONDS = 2;

/**
 * One thing against another, in pairs whose order alternates. Beside the requests a second stands the processor's time that the process took
 * for each, which tells more on a machine that has other things to do; `microseconds`, of the other.
 */
export async function inPairs(one: Side, other: Side): Promise<{ figures: string; microseconds: number }> {
  async function run({ pid, load }: Side) {
    const before = processorMs(pid);
    const perSecond = await load();
    const requests = perSecond * PAIR_SECONDS;
    return { perSecond, cpu: ((processorMs(pid) - before) * 1_000) / requests };
  }
  const runOne = () => run(one);
  const runOther = () => run(other);
  await runOne();
  await runOther();
  const pairs: { rate: number; cpu: number; ofOther: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const oneFirst = pair % 2 === 1;
    const first = await (oneFirst ? runOne() : runOther());
    const second = await (oneFirst ? runOther() : runOne());
    const [ofOne, ofOther] = oneFirst ? [first, second] : [second, first];
    pairs.push({ rate: ofOne.perSecond / ofOther.perSecond, cpu: ofOne.cpu / ofOther.cpu, ofOther: ofOther.cpu });
  }
  const rates = quartiles(pairs.map(({ rate }) => rate));
  const cpu = quartiles(pairs.map(pair => pair.cpu));
  return {
    figures: `(medians of ${PAIRS} pairs, quartiles): requests/s ${rates}; processor time a request ${cpu}`,
    microseconds: pairs.map(({ ofOther }) => ofOther).toSorted((a, b) => a - b)[PAIRS >> 1] ?? Number.NaN,
  };
}

function quartiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN).toFixed(3);
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`;
}
