import { expect, test } from '@jest/globals';
import { type PlannedRequest, planRequest } from './plan.ts';

const LATENCY_MS = 400;

function plan(creations: number): PlannedRequest[] {
  const requests: PlannedRequest[] = [];
  for (let before = 0; before < creations; ) {
    const request = planRequest(requests.length + 1, before, LATENCY_MS);
    requests.push(request);
    before += request.creations.length;
  }
  return requests;
}

test('each creation has a marker of its own, without a gap', () => {
  const markers = plan(2_000).flatMap(({ creations }) => creations.map(({ marker }) => marker));
  expect(markers.slice(0, 2)).toEqual(['r-000001', 'r-000002']);
  expect(markers).toEqual([...new Set(markers)].toSorted());
  expect(Number(markers.at(-1)?.slice(2))).toBe(markers.length);
});

// The short form of the suite has 240 creations, and must have some of everything too.
test.each([240, 2_000])('of %d creations some come in each way, and most steering meets both states', creations => {
  const requests = plan(creations);
  const batches = requests.filter(({ body }) => 'items' in body);
  const singles = requests.filter(({ body }) => !('items' in body));
  expect(batches.length).toBeGreaterThan(1);
  for (const { creations: items, idempotencyKey } of batches) {
    expect(items.length).toBeGreaterThanOrEqual(5);
    expect(items.length).toBeLessThanOrEqual(20);
    expect(idempotencyKey).not.toBeNull();
  }
  expect(
    requests.filter(({ sentAgain, idempotencyKey }) => sentAgain && idempotencyKey !== null).length,
  ).toBeGreaterThan(5);
  const keyed = singles.filter(({ idempotencyKey }) => idempotencyKey !== null).length / singles.length;
  expect(keyed).toBeGreaterThan(0.3);
  expect(keyed).toBeLessThan(0.36);

  const intentions = requests.flatMap(({ creations: items }) => items.flatMap(({ intention }) => intention ?? []));
  for (const [call, share] of [
    ['cancel', 0.04],
    ['pause', 0.03],
  ] as const) {
    const own = intentions.filter(intention => intention.call === call);
    expect(own.length / creations).toBeCloseTo(share, 1);
    expect(new Set(own.map(({ afterMs }) => afterMs))).toEqual(new Set([20, LATENCY_MS / 2, 1_500]));
  }
});
