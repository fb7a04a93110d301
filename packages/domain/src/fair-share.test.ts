import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { admits, arrive, EMPTY_LINE, type Line, leave, rebase, start } from './fair-share.ts';
import { LAST_TAG } from './queue-priority.ts';

type Job = { flow: string; place: number; number: number };
const inOrder = (a: Job, b: Job) => a.place - b.place || a.number - b.number;
type Step = { kind: 'arrive'; flow: string } | { kind: 'start' };

/** A line with its jobs, served as BullMQ serves them: by place, and by arrival within one. */
function openLine(weights: Record<string, number>, beginning = EMPTY_LINE) {
  let line: Line = beginning;
  let arrived = 0;
  let jobs: Job[] = [];
  return {
    arrive(flow: string): Job {
      const answer = arrive(line, flow, weights[flow] ?? 1);
      line = answer.line;
      const job = { flow, place: Math.min(LAST_TAG, Math.floor(answer.tag)), number: arrived };
      arrived += 1;
      jobs.push(job);
      return job;
    },
    start(): Job | undefined {
      const [next] = jobs.toSorted(inOrder);
      if (next === undefined) return undefined;
      jobs = jobs.filter(job => job !== next);
      line = start(line, next.flow, next.place);
      return next;
    },
    rebase() {
      jobs = jobs.toSorted(inOrder);
      const answer = rebase(
        line,
        jobs.map(({ flow, place }) => ({ flow, place, weight: weights[flow] ?? 1 })),
      );
      line = answer.line;
      jobs = jobs.map((job, index) => ({ ...job, place: answer.places[index] ?? 0 }));
    },
    get line() {
      return line;
    },
    get jobs() {
      return jobs;
    },
  };
}

const flowNames = ['a', 'b', 'c', 'd'];
const someFlow = fc.constantFrom(...flowNames);
const someSteps = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: someFlow.map((flow): Step => ({ kind: 'arrive', flow })) },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'start' }) },
  ),
  { maxLength: 120 },
);
const someWeights = fc.record(Object.fromEntries(flowNames.map(flow => [flow, fc.constantFrom(0.5, 1, 2, 3, 10)])));

function run(steps: readonly Step[], weights: Record<string, number>) {
  const line = openLine(weights);
  for (const step of steps)
    if (step.kind === 'arrive') line.arrive(step.flow);
    else line.start();
  return line;
}

describe('a fair line', () => {
  test('begins one after another of flows that all wait, however many each has', () => {
    const line = openLine({});
    for (let n = 0; n < 5; n += 1) line.arrive('a');
    for (let n = 0; n < 2; n += 1) line.arrive('b');
    line.arrive('c');
    expect(Array.from({ length: 8 }, () => line.start()?.flow)).toEqual(['a', 'b', 'c', 'a', 'b', 'a', 'a', 'a']);
  });

  test('a newcomer waits behind ten thousand of another for one job at most', () => {
    const line = openLine({});
    for (let n = 0; n < 10_000; n += 1) line.arrive('a');
    for (let n = 0; n < 7; n += 1) line.start();
    const { place } = line.arrive('b');
    expect(line.jobs.filter(job => job.flow === 'a' && job.place <= place)).toHaveLength(0);
    expect(line.start()?.flow).toBe('b');
  });

  test('within a flow the order is that of arrival', () => {
    fc.assert(
      fc.property(someSteps, someWeights, (steps, weights) => {
        const line = run(steps, weights);
        const last = new Map<string, number>();
        for (let job = line.start(); job !== undefined; job = line.start()) {
          expect(job.number).toBeGreaterThan(last.get(job.flow) ?? -1);
          last.set(job.flow, job.number);
        }
      }),
    );
  });

  test('nobody starves: a flow’s next job waits for a bounded number of others’, whatever arrives meanwhile', () => {
    fc.assert(
      fc.property(someSteps, someWeights, someFlow, (steps, weights, flow) => {
        const line = run(steps, weights);
        const own = line.jobs.filter(job => job.flow === flow).length;
        line.arrive(flow);
        // Its own before it take a turn each; in each turn each other flow has no more than its weight's worth, and two for the rounding.
        const turns = (own + 1) / (weights[flow] ?? 1) + 1;
        const bound = flowNames
          .filter(other => other !== flow)
          .reduce((sum, other) => sum + Math.ceil((turns + 1) * (weights[other] ?? 1)) + 2, 0);
        let others = 0;
        for (let left = own + 1; left > 0; ) {
          for (const other of flowNames) if (other !== flow) line.arrive(other);
          if (line.start()?.flow === flow) left -= 1;
          else others += 1;
        }
        expect(others).toBeLessThanOrEqual(bound);
      }),
    );
  });

  test('while all wait, each flow is begun in proportion to its weight', () => {
    fc.assert(
      fc.property(someWeights, weights => {
        const line = openLine(weights);
        for (const flow of flowNames) for (let n = 0; n < 40 * (weights[flow] ?? 1); n += 1) line.arrive(flow);
        const begun = new Map<string, number>();
        const sum = flowNames.reduce((total, flow) => total + (weights[flow] ?? 1), 0);
        const starts = Math.floor(20 * sum);
        for (let n = 0; n < starts; n += 1) {
          const flow = line.start()?.flow ?? '';
          begun.set(flow, (begun.get(flow) ?? 0) + 1);
        }
        for (const flow of flowNames) {
          const due = 20 * (weights[flow] ?? 1);
          expect(Math.abs((begun.get(flow) ?? 0) - due)).toBeLessThanOrEqual(Math.ceil((weights[flow] ?? 1) * 2) + 1);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a newcomer’s place is not behind any that another flow is given after it', () => {
    fc.assert(
      fc.property(someSteps, someWeights, (steps, weights) => {
        const line = run(
          steps.filter(step => step.kind === 'start' || step.flow !== 'd'),
          weights,
        );
        const { place } = line.arrive('d');
        expect(place).toBe(line.line.now);
        for (const { place: waiting } of line.jobs) expect(place).toBeLessThanOrEqual(waiting);
        for (const flow of ['a', 'b', 'c']) expect(line.arrive(flow).place).toBeGreaterThanOrEqual(place);
      }),
    );
  });

  test('a rebase changes no order, neither of those that wait nor of those that come', () => {
    fc.assert(
      fc.property(someSteps, someSteps, someWeights, (before, after, weights) => {
        const [plain, rebased] = [run(before, weights), run(before, weights)];
        rebased.rebase();
        expect(rebased.line.now).toBe(0);
        for (const step of after) {
          if (step.kind === 'arrive') for (const line of [plain, rebased]) line.arrive(step.flow);
          else expect(rebased.start()?.number).toBe(plain.start()?.number);
        }
      }),
    );
  });

  test('jobs that shared the last place have places of their own after a rebase, and a newcomer does not wait for them', () => {
    const now = LAST_TAG - 250;
    const line = openLine({ a: 0.01 }, { ...EMPTY_LINE, now });
    for (let n = 0; n < 6; n += 1) line.arrive('a');
    expect(line.jobs.map(({ place }) => place - now)).toEqual([0, 100, 200, 250, 250, 250]);
    line.rebase();
    expect(line.jobs.map(({ place }) => place)).toEqual([0, 100, 200, 300, 400, 500]);
    expect(line.arrive('a').place).toBe(600);
    for (let n = 0; n < 4; n += 1) expect(line.start()?.flow).toBe('a');
    line.arrive('b');
    expect([line.start()?.flow, line.start()?.flow]).toEqual(['b', 'a']);
  });

  test('a flow whose jobs have all left owes nothing for them, and one with some left keeps its order', () => {
    let line = EMPTY_LINE;
    for (let n = 0; n < 3; n += 1) ({ line } = arrive(line, 'a', 1));
    expect(arrive(leave(line, 'a'), 'a', 1).tag).toBe(3);
    for (let n = 0; n < 3; n += 1) line = leave(line, 'a');
    expect(arrive(line, 'a', 1).tag).toBe(0);
  });

  test('a place from before a rebase does not move the time', () => {
    const { line } = arrive(EMPTY_LINE, 'a', 1);
    expect(start(line, 'b', 250_000).now).toBe(0);
  });
});

describe('a cap', () => {
  test('lets as many stand in line as may run', () => {
    expect(admits({ running: 0, admitted: [] }, 1, 2)).toBe(true);
    expect(admits({ running: 1, admitted: [] }, 1, 2)).toBe(false);
    expect(admits({ running: 1, admitted: [2] }, 3, 2)).toBe(true);
    expect(admits({ running: 1, admitted: [2, 2] }, 3, 2)).toBe(false);
    expect(admits({ running: 0, admitted: [] }, 0, 0)).toBe(false);
  });

  test('an urgent one is never kept out by less urgent ones that wait', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 })), fc.integer({ min: 1, max: 5 }), (admitted, cap) => {
        expect(admits({ running: cap - 1, admitted }, cap, 0)).toBe(true);
      }),
    );
  });

  test('what is refused is refused to all that are less urgent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 })),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 2 }),
        (admitted, running, cap, index) => {
          const slots = { running, admitted };
          if (!admits(slots, cap, index)) expect(admits(slots, cap, index + 1)).toBe(false);
        },
      ),
    );
  });
});
