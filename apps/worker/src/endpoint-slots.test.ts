import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createEndpointSlots, LONGEST_WAIT_MS } from './endpoint-slots.ts';

test('so many tries at an address are in flight at a time, and no more; another address does not matter', () => {
  const turnAt = createEndpointSlots(() => 0, 2);
  const [first, second] = [turnAt('a'), turnAt('a')];
  expect([first.kind, second.kind, turnAt('a').kind, turnAt('b').kind]).toEqual(['go', 'go', 'wait', 'go']);
  if (first.kind === 'go') {
    first.release();
    first.release();
  }
  expect([turnAt('a').kind, turnAt('a').kind]).toEqual(['go', 'wait']);
});

test('who comes later is asked to come later, at the pace at which tries end', () => {
  let now = 0;
  const turnAt = createEndpointSlots(() => now, 2);
  const [first] = [turnAt('a'), turnAt('a')];
  now += 4_000;
  if (first?.kind === 'go') first.release();
  turnAt('a');
  const waits = Array.from({ length: 4 }, () => turnAt('a')).map(turn => (turn.kind === 'wait' ? turn.ms : 0));
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(new Set(waits).size).toBe(4);
});

test('whatever happens, no more are in flight than may be, and nobody waits for longer than is said', () => {
  const steps = fc.array(fc.oneof(fc.constant('ask' as const), fc.integer({ min: 0, max: 60_000 })), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 8 }), (script, most) => {
      let now = 0;
      const turnAt = createEndpointSlots(() => now, most);
      const inFlight: (() => void)[] = [];
      for (const step of script) {
        if (step !== 'ask') {
          now += step;
          inFlight.shift()?.();
          continue;
        }
        const turn = turnAt('a');
        expect(turn.kind).toBe(inFlight.length < most ? 'go' : 'wait');
        if (turn.kind === 'go') inFlight.push(turn.release);
        else expect(turn.ms).toBeGreaterThan(0);
        if (turn.kind === 'wait') expect(turn.ms).toBeLessThanOrEqual(LONGEST_WAIT_MS);
      }
    }),
  );
});
