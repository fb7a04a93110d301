import { expect, test } from '@jest/globals';
import type { ApiKeyId } from '@roleforge/contracts';
import fc from 'fast-check';
import { LAST_MOMENT, rotationOf } from './key-rotation.ts';

const NOW = new Date('2027-03-01T12:00:00Z');
const DAY_MS = 86_400_000;
const after = (ms: number) => new Date(NOW.getTime() + ms);
const KEY = { createdAt: after(-10 * DAY_MS), expiresAt: null, revokedAt: null, rotatedTo: null };

test('the old key works on for the overlap, and the new one without an end, as the old one did', () => {
  expect(rotationOf(KEY, DAY_MS, NOW)).toEqual({ kind: 'allowed', oldExpiresAt: after(DAY_MS), newExpiresAt: null });
});

test('the overlap does not lengthen the life of the old key; the new one is made for as long as the old one was', () => {
  const expiresAt = after(20 * DAY_MS);
  expect(rotationOf({ ...KEY, expiresAt }, 25 * DAY_MS, NOW)).toEqual({
    kind: 'allowed',
    oldExpiresAt: expiresAt,
    newExpiresAt: after(30 * DAY_MS),
  });
});

test('without an overlap the old key ends at once', () => {
  expect(rotationOf(KEY, 0, NOW)).toMatchObject({ oldExpiresAt: NOW });
});

test('a key that has ended is not rotated', () => {
  expect(rotationOf({ ...KEY, revokedAt: after(-1) }, 0, NOW)).toEqual({ kind: 'ended' });
  expect(rotationOf({ ...KEY, expiresAt: NOW }, 0, NOW)).toEqual({ kind: 'ended' });
});

test('a key is rotated once, and says by which key it was replaced, also when it has ended since', () => {
  const rotatedTo = 'key_01jd8z0m3x5v7w9y1b3d5f7h9k' as ApiKeyId;
  expect(rotationOf({ ...KEY, rotatedTo, expiresAt: after(-1) }, 0, NOW)).toEqual({ kind: 'replaced', by: rotatedTo });
});

test('whatever the times, the old key never works longer than before, and the ledger can write both ends down', () => {
  const ms = fc.integer({ min: 0, max: 8_000 * 365 * DAY_MS });
  fc.assert(
    fc.property(ms, ms, fc.integer({ min: 0, max: 30 * DAY_MS }), (age, left, overlapMs) => {
      const expiresAt = new Date(Math.min(after(left + 1).getTime(), LAST_MOMENT.getTime()));
      const rotation = rotationOf({ ...KEY, createdAt: after(-age), expiresAt }, overlapMs, NOW);
      if (rotation.kind !== 'allowed') throw new Error(rotation.kind);
      expect(rotation.oldExpiresAt <= expiresAt && rotation.oldExpiresAt >= NOW).toBe(true);
      expect(rotation.newExpiresAt !== null && rotation.newExpiresAt <= LAST_MOMENT).toBe(true);
    }),
  );
});
