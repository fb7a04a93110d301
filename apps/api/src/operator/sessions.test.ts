import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SessionStore } from '@roleforge/queue';
import { createSessions } from './sessions.ts';

const KEYS = { operator: 'the-key-of-the-operator', viewer: 'the-key-of-the-viewers' };
const LIMITS = { mostMs: 10_000, idleMs: 1_000 };

/** A store in memory, whose sessions end when they are idle. */
function storeInMemory(now: () => number) {
  const kept = new Map<string, { text: string; untilMs: number }>();
  const store: SessionStore = {
    put: async (name, known, idleMs) => void kept.set(name, { text: JSON.stringify(known), untilMs: now() + idleMs }),
    async touch(name, idleMs) {
      const found = kept.get(name);
      if (found === undefined || found.untilMs <= now()) return null;
      found.untilMs = now() + idleMs;
      return JSON.parse(found.text);
    },
    remove: async name => void kept.delete(name),
  };
  return { store, kept };
}

let nowMs: number;
const now = () => nowMs;
let memory: ReturnType<typeof storeInMemory>;
beforeEach(() => {
  nowMs = 1_000_000;
  memory = storeInMemory(now);
});
const sessionsWith = (keys: Parameters<typeof createSessions>[0]['keys'] = KEYS) =>
  createSessions({ store: memory.store, keys, now, limits: LIMITS });

describe('a session', () => {
  test('has the role of its key, for every process that has the same keys, and ends with its logout', async () => {
    const sessions = sessionsWith();
    const [operator, viewer] = [await sessions.begin('operator'), await sessions.begin('viewer')];
    expect(await sessionsWith().find(operator)).toBe('operator');
    expect(await sessions.find(viewer)).toBe('viewer');
    await sessions.end(operator);
    expect(await sessionsWith().find(operator)).toBeNull();
    expect(await sessions.find(viewer)).toBe('viewer');
  });

  test('ends when it is idle, and at the latest after its time, however much it is used', async () => {
    const sessions = sessionsWith();
    const [idle, used] = [await sessions.begin('operator'), await sessions.begin('operator')];
    for (nowMs += 900; nowMs < 1_010_000; nowMs += 900) expect(await sessions.find(used)).toBe('operator');
    expect(await sessions.find(idle)).toBeNull();
    nowMs = 1_010_000;
    expect(await sessions.find(used)).toBeNull();
    expect(memory.kept.size).toBe(1);
  });

  test('ends when the key of its role is changed or taken away, and not with that of the other', async () => {
    const [operator, viewer] = [await sessionsWith().begin('operator'), await sessionsWith().begin('viewer')];
    const changed = sessionsWith({ ...KEYS, operator: 'another-key-of-the-operator' });
    expect(await changed.find(operator)).toBeNull();
    expect(await changed.find(viewer)).toBe('viewer');
    expect(await sessionsWith({ ...KEYS, viewer: null }).find(viewer)).toBeNull();
  });

  test('is not found by what stands in the store, which holds neither its id nor a key', async () => {
    const sessions = sessionsWith();
    const id = await sessions.begin('operator');
    const [[name, { text }] = ['', { text: '' }]] = [...memory.kept];
    for (const guess of [name, '', 'x', '__proto__']) expect(await sessions.find(guess)).toBeNull();
    expect(name + text).not.toContain(id);
    expect(text).not.toContain(KEYS.operator);
  });

  test('is begun for nobody where the role has no key', async () => {
    await expect(sessionsWith({ ...KEYS, viewer: null }).begin('viewer')).rejects.toThrow('no key');
  });
});
