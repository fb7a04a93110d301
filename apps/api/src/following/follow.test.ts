import { describe, expect, test } from '@jest/globals';
import type { CreationEvent } from '@roleforge/contracts';
import { newCreationId, newTenantId } from '@roleforge/domain';
import { createFollow, type Follower } from './follow.ts';

const ID = newCreationId(Date.now());
const TENANT = newTenantId();

const event = (id: number, type = 'role_creation.progress') => ({ id, type, creationId: ID }) as CreationEvent;

/** A log, a feed and rounds in the test's hand. Looks are answered when the test says so. */
function openStage({ room = () => true }: { room?: (event: CreationEvent) => boolean } = {}) {
  const log: CreationEvent[] = [];
  const taken: number[] = [];
  const looks: (() => void)[] = [];
  let over = false;
  let ended = 0;
  let heard = (_event: CreationEvent) => {};
  let missed = () => {};
  let visit = () => {};
  const follow = createFollow({
    feed: {
      ready: async () => {},
      listen(_id, onEvent, onMissed = () => {}) {
        heard = onEvent;
        missed = onMissed;
        return () => {
          heard = () => {};
          missed = () => {};
        };
      },
    },
    readSince: async (_tenant, _id, after) => {
      await new Promise<void>(resolve => looks.push(resolve));
      return { events: log.filter(({ id }) => id > after), over };
    },
    rounds: {
      join(onVisit) {
        visit = onVisit;
        return () => {
          visit = () => {};
        };
      },
    },
  });
  const follower: Follower = {
    take(one) {
      taken.push(one.id);
      return room(one);
    },
    ended: () => {
      ended += 1;
    },
    visited() {},
  };
  return {
    log,
    taken,
    looks,
    ended: () => ended,
    end: () => {
      over = true;
    },
    tell: (one: CreationEvent) => heard(one),
    missed: () => missed(),
    visit: () => visit(),
    follow: (after = 0) => follow(TENANT, ID, after, follower),
    /** Answers the looks that wait, and lets what follows from them happen. */
    async answer() {
      for (const look of looks.splice(0)) look();
      await new Promise(resolve => setImmediate(resolve));
    },
  };
}

describe('a follower', () => {
  test('gets what was there, and then each next event without another look', async () => {
    const stage = openStage();
    stage.log.push(event(1), event(2));
    stage.follow();
    await stage.answer();
    stage.tell(event(3));
    stage.tell(event(4, 'role_creation.failed'));
    expect(stage.taken).toEqual([1, 2, 3, 4]);
    expect(stage.ended()).toBe(1);
    expect(stage.looks).toHaveLength(0);
  });

  test('misses nothing that is appended while it looks for the first time, and gets nothing twice', async () => {
    const stage = openStage();
    stage.log.push(event(1), event(2));
    stage.follow();
    stage.tell(event(2));
    stage.log.push(event(3));
    await stage.answer();
    stage.tell(event(3));
    await stage.answer();
    await stage.answer();
    expect(stage.taken).toEqual([1, 2, 3]);
  });

  test('gets what a lost message was about when the next one comes', async () => {
    const stage = openStage();
    stage.log.push(event(1));
    stage.follow();
    await stage.answer();
    stage.log.push(event(2), event(3));
    stage.tell(event(3));
    await stage.answer();
    expect(stage.taken).toEqual([1, 2, 3]);
  });

  test('looks when the connection is back, and after a round in silence, but not after one with events', async () => {
    const stage = openStage();
    stage.log.push(event(1));
    stage.follow();
    await stage.answer();
    stage.visit();
    expect(stage.looks).toHaveLength(0);
    stage.visit();
    expect(stage.looks).toHaveLength(1);
    await stage.answer();
    stage.tell(event(2));
    stage.visit();
    expect(stage.looks).toHaveLength(0);
    stage.missed();
    expect(stage.looks).toHaveLength(1);
    await stage.answer();
  });

  test('without room gets nothing more until there is room, and then all of it', async () => {
    const full = new Set([2, 3]);
    const stage = openStage({ room: ({ id }) => !full.has(id) });
    stage.log.push(event(1), event(2), event(3), event(4, 'role_creation.failed'));
    stage.end();
    const following = stage.follow();
    await stage.answer();
    expect(stage.taken).toEqual([1, 2]);
    stage.tell(event(3));
    stage.visit();
    stage.visit();
    await stage.answer();
    expect(stage.taken).toEqual([1, 2]);
    following.resume();
    await stage.answer();
    expect(stage.taken).toEqual([1, 2, 3]);
    expect(stage.ended()).toBe(0);
    following.resume();
    await stage.answer();
    expect(stage.taken).toEqual([1, 2, 3, 4]);
    expect(stage.ended()).toBe(1);
  });

  test('that has left gets nothing more, not even from a look on its way', async () => {
    const stage = openStage();
    stage.log.push(event(1));
    const following = stage.follow();
    following.leave();
    await stage.answer();
    following.resume();
    await stage.answer();
    expect(stage.taken).toEqual([]);
  });
});

test('of a thousand who come at once a few look at a time, and all get their turn', async () => {
  let [looking, most, done] = [0, 0, 0];
  const follow = createFollow({
    feed: { ready: async () => {}, listen: () => () => {} },
    readSince: async () => {
      looking += 1;
      most = Math.max(most, looking);
      await new Promise(resolve => setImmediate(resolve));
      looking -= 1;
      return { events: [], over: true };
    },
    rounds: { join: () => () => {} },
  });
  await new Promise<void>(resolve => {
    const ended = () => {
      done += 1;
      if (done === 1_000) resolve();
    };
    for (let n = 0; n < 1_000; n += 1) follow(TENANT, ID, 0, { take: () => true, ended, visited() {} });
  });
  expect(most).toBe(4);
});
