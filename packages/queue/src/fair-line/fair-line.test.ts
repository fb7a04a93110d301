import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PRIORITIES } from '@roleforge/contracts';
import {
  arrive,
  BAND_WIDTH,
  EMPTY_LINE,
  isToBeRebased,
  LAST_TAG,
  type Line,
  leave,
  linePriority,
  rebase,
  start,
} from '@roleforge/domain';
import fc from 'fast-check';
import { queueKey } from '../keys.ts';
import { type Bench, openBench } from '../queue.fixture.ts';
import type { RedisConnection } from '../redis-connection.ts';
import { type FairLine, openFairLine } from './fair-line.ts';

const QUEUE = 'shared';
const FLOWS = ['a', 'b', 'c'];

let bench: Bench;
let redis: RedisConnection;
beforeEach(async () => {
  bench = openBench();
  redis = await bench.redis();
});
afterEach(() => bench.close());

/** A line under a prefix of its own, whose jobs are no more than what the scripts look at. */
function openLine(name: string) {
  const prefix = `${bench.prefix}-${name}`;
  const line = openFairLine(redis, { prefix, queue: QUEUE, flowField: 'flow' });
  const key = (part: string) => queueKey(prefix, QUEUE, part);
  return {
    line,
    key,
    /** As `arrive` and BullMQ after it. */
    async add(id: string, flow: string, classIndex = 2): Promise<number> {
      const [standing] = await line.arrive([{ id, flow, classIndex, kind: 'fresh' }]);
      const priority = standing?.priority ?? 0;
      await redis.hset(key(id), { priority, data: JSON.stringify({ flow }) });
      const score = priority * 2 ** 32 + (await redis.incr(key('pc')));
      await redis.zadd(key('prioritized'), score, id);
      return priority;
    },
    /** As BullMQ hands a job to a worker, which begins it. */
    async begin(line: FairLine): Promise<string | null> {
      const [id] = await redis.zpopmin(key('prioritized'));
      if (id === undefined) return null;
      const { flow } = JSON.parse((await redis.hget(key(id), 'data')) ?? '{}');
      await line.start(id, flow);
      await redis.del(key(id));
      return id;
    },
  };
}

type Step = { kind: 'arrive'; flow: string } | { kind: 'start' } | { kind: 'leave' };

describe('the scripts and the rules', () => {
  test('give the same places, whatever arrives, begins and leaves', async () => {
    const weights = fc.record(Object.fromEntries(FLOWS.map(flow => [flow, fc.constantFrom(0.01, 0.5, 1, 3, 7)])));
    // At the beginning of time, and where it is set back.
    const times = fc.constantFrom(0, BAND_WIDTH / 2 - 3, LAST_TAG - 30);
    const steps = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...FLOWS).map((flow): Step => ({ kind: 'arrive', flow })) },
        { weight: 2, arbitrary: fc.constant<Step>({ kind: 'start' }) },
        { weight: 1, arbitrary: fc.constant<Step>({ kind: 'leave' }) },
      ),
      { maxLength: 40 },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(weights, times, steps, async (given, now, sequence) => {
        run += 1;
        const { line, add, begin, key } = openLine(String(run));
        await line.share(
          FLOWS.map(flow => ({ flow, weight: given[flow] ?? 1, cap: null })),
          false,
        );
        await redis.hset(key('').replace(`${QUEUE}:`, 'line:clock'), '2', now);
        let rules: Line = { ...EMPTY_LINE, now };
        let waiting: { id: string; flow: string; weight: number; place: number }[] = [];
        for (const [index, step] of sequence.entries()) {
          const id = `job-${index}`;
          if (step.kind === 'arrive') {
            const { flow } = step;
            const weight = given[flow] ?? 1;
            const answer = arrive(rules, flow, weight);
            rules = answer.line;
            waiting.push({ id, flow, weight, place: Math.min(LAST_TAG, Math.floor(answer.tag)) });
            expect(await add(id, step.flow)).toBe(linePriority('normal', answer.tag));
            continue;
          }
          waiting = waiting.toSorted((a, b) => a.place - b.place);
          const next = waiting.shift();
          if (next === undefined) continue;
          if (step.kind === 'start') {
            const before = rules.now;
            rules = start(rules, next.flow, next.place);
            if (rules.now > before && isToBeRebased(rules.now, waiting.length)) {
              const { line: moved, places } = rebase(rules, waiting);
              rules = moved;
              waiting = waiting.map((job, at) => ({ ...job, place: places[at] ?? -1 }));
            }
            expect(await begin(line)).toBe(next.id);
            for (const { id, place } of waiting)
              expect(await redis.hget(key(id), 'priority')).toBe(String(linePriority('normal', place)));
          } else {
            rules = leave(rules, next.flow);
            await line.leave([next.id]);
            await redis.zrem(key('prioritized'), next.id);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('agree on a rebase, in which no waiting job loses its place', async () => {
    const { line, add, key, begin } = openLine('rebase');
    const clock = key('').replace(`${QUEUE}:`, 'line:clock');
    const finish = key('').replace(`${QUEUE}:`, 'line:finish:2');
    const far = BAND_WIDTH / 2 - 1;
    await redis.hset(clock, '2', far);
    const numbers: number[] = [];
    for (const [id, flow] of ['a', 'a', 'a', 'b'].entries()) numbers.push(await add(`job-${id}`, flow));
    expect(numbers).toEqual([0, 1, 2, 0].map(ahead => linePriority('normal', far + ahead)));
    expect(await begin(line)).toBe('job-0');
    expect(await begin(line)).toBe('job-3');
    expect(await redis.hget(clock, '2')).toBe(String(far));
    expect(await begin(line)).toBe('job-1');
    expect(await redis.hget(clock, '2')).toBe('0');
    const before: Line = { now: far + 1, finish: new Map([['a', far + 3]]), waiting: new Map([['a', 1]]) };
    const after = rebase(before, [{ flow: 'a', weight: 1, place: far + 2 }]);
    expect(await redis.zrange(finish, '0', '-1', 'WITHSCORES')).toEqual(['a', String(after.line.finish.get('a'))]);
    expect(await redis.hget(key('job-2'), 'priority')).toBe(String(linePriority('normal', after.places[0] ?? -1)));
    expect(await add('job-4', 'a')).toBe(linePriority('normal', 2));
    expect([await begin(line), await begin(line)]).toEqual(['job-2', 'job-4']);
  });

  test('a job with a place from before a rebase does not move the time, and is brought to its flow’s end', async () => {
    const { line, add, key, begin } = openLine('stray');
    await add('job-1', 'a');
    await redis.hset(key('stray'), { priority: linePriority('normal', 250_000), data: '{"flow":"a"}' });
    await redis.zadd(key('prioritized'), linePriority('normal', 250_000) * 2 ** 32, 'stray');
    expect(await line.mend()).toBe(1);
    expect(await redis.hget(key('stray'), 'priority')).toBe(String(linePriority('normal', 1)));
    expect(await line.mend()).toBe(0);
    expect([await begin(line), await begin(line)]).toEqual(['job-1', 'stray']);
  });

  test('each class has a line of its own', async () => {
    const { add } = openLine('classes');
    for (const [index, priority] of PRIORITIES.entries())
      expect([await add(`${priority}-1`, 'a', index), await add(`${priority}-2`, 'a', index)]).toEqual([
        linePriority(priority, 0),
        linePriority(priority, 1),
      ]);
  });

  test('a share under * holds for all that have none of their own', async () => {
    const { line } = openLine('default');
    await line.share([{ flow: '*', weight: 1, cap: 1 }], false);
    await line.share([{ flow: 'b', weight: 1, cap: 2 }], false);
    const three = ['1', '2', '3'];
    for (const [flow, parked] of [
      ['a', [false, true, true]],
      ['b', [false, false, true]],
    ] as const) {
      const arrivals = three.map(id => ({ id: flow + id, flow, classIndex: 2, kind: 'fresh' as const }));
      expect((await line.arrive(arrivals)).map(each => each.parked)).toEqual(parked);
    }
  });
});
