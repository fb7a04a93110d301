import { expect, jest, test } from '@jest/globals';
import type { SystemStatus } from '@roleforge/contracts';
import { type EventStream, eventText } from '../http/event-stream.ts';
import { createStatusStreams } from './status-streams.ts';
import type { Seen } from './system-watch.ts';

/** A system that is seen as it is said to be. */
function aSystem() {
  const hearing = new Set<(seen: Seen) => void>();
  let last = seenAt('12:00:00', 'operational');
  return {
    hearing,
    system: {
      seen: async () => last,
      listen(hear: (seen: Seen) => void) {
        hearing.add(hear);
        return () => void hearing.delete(hear);
      },
    },
    see(...look: Parameters<typeof seenAt>) {
      last = seenAt(...look);
      for (const hear of hearing) hear(last);
    },
  };
}

function seenAt(time: string, status: SystemStatus['status']): Seen {
  return { status: { sampledAt: `2031-05-05T${time}.000Z`, status } as SystemStatus, own: null, holder: false };
}

function textAt(...look: Parameters<typeof seenAt>): string {
  return eventText('status', seenAt(...look).status);
}

/** A stream whose reader can fall behind. */
function aReader() {
  const told: string[] = [];
  const calls = { room: () => {}, leave: () => {} };
  const reader = { told, calls, keepsUp: true, ended: [] as (number | undefined)[] };
  const stream: EventStream = {
    send: () => true,
    push(text) {
      told.push(text);
      return reader.keepsUp;
    },
    onRoom(resume) {
      calls.room = resume;
    },
    onClose(leave) {
      calls.leave = leave;
    },
    keepAlive() {},
    end: retryMs => void reader.ended.push(retryMs),
  };
  return { ...reader, stream, reader };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

test('a reader is told how it is, and then what has changed, and nothing for a look that found all as before', async () => {
  const { system, see } = aSystem();
  const { stream, told, calls } = aReader();
  createStatusStreams({ system, stopping: new AbortController().signal }).admit()?.join(stream);
  await turn();
  see('12:00:01', 'operational');
  see('12:00:02', 'degraded');
  expect(told).toEqual([textAt('12:00:00', 'operational'), textAt('12:00:02', 'degraded')]);
  calls.leave();
});

test('a reader who is behind is told how it is when there is room again, and not what was between', async () => {
  const { system, see } = aSystem();
  const { stream, told, reader, calls } = aReader();
  createStatusStreams({ system, stopping: new AbortController().signal }).admit()?.join(stream);
  reader.keepsUp = false;
  await turn();
  see('12:00:01', 'degraded');
  see('12:00:02', 'down');
  calls.room();
  await turn();
  expect(told).toEqual([textAt('12:00:00', 'operational'), textAt('12:00:02', 'down')]);
  calls.leave();
});

test('a look is made into text once, however many are told of it', async () => {
  const toJSON = jest.fn(() => ({}));
  const status = Object.defineProperty({ ...seenAt('12:00:00', 'down').status }, 'toJSON', { value: toJSON });
  const { system } = aSystem();
  const seen = async () => ({ status, own: null, holder: false });
  const streams = createStatusStreams({ system: { ...system, seen }, stopping: new AbortController().signal });
  const readers = [aReader(), aReader(), aReader()];
  for (const { stream } of readers) streams.admit()?.join(stream);
  await turn();
  expect(readers.map(({ told }) => told.length)).toEqual([1, 1, 1]);
  expect(toJSON).toHaveBeenCalledTimes(1);
  for (const { calls } of readers) calls.leave();
});

test('there are so many places and no more, until somebody leaves or gives one back', async () => {
  const { system, hearing } = aSystem();
  const streams = createStatusStreams({ system, stopping: new AbortController().signal, most: 2 });
  const { stream, calls } = aReader();
  const [first, second] = [streams.admit(), streams.admit()];
  expect(streams.admit()).toBeNull();
  second?.giveBack();
  expect(streams.admit()).not.toBeNull();
  first?.join(stream);
  expect(streams.admit()).toBeNull();
  calls.leave();
  expect(hearing.size).toBe(0);
  expect(streams.admit()).not.toBeNull();
});

test('at the stop readers are sent away, and told when to come back', async () => {
  const { system } = aSystem();
  const stopping = new AbortController();
  const streams = createStatusStreams({ system, stopping: stopping.signal });
  const [one, late] = [aReader(), aReader()];
  streams.admit()?.join(one.stream);
  stopping.abort();
  streams.admit()?.join(late.stream);
  for (const [retryMs] of [one.ended, late.ended]) {
    expect(retryMs).toBeGreaterThanOrEqual(500);
    expect(retryMs).toBeLessThanOrEqual(2_500);
  }
  one.calls.leave();
  late.calls.leave();
});
