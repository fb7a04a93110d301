import type { SystemStatus } from '@roleforge/contracts';
import { createRounds } from '../following/rounds.ts';
import { type EventStream, eventText } from '../http/event-stream.ts';
import type { Seen, SystemWatch } from './system-watch.ts';

/** Most streams of the status that one process has open: who opens them need not say who they are. */
const MOST_STREAMS = 200;
/** How long a stream goes at most without a sign of life, in milliseconds. */
const ROUND_MS = 15_000;
/** When the readers of an api that stops come back, in milliseconds: not all of them in the same moment. */
const COME_BACK_AFTER_MS = 500;
const COME_BACK_WITHIN_MS = 2_000;

type Needs = { system: Pick<SystemWatch, 'seen' | 'listen'>; stopping: AbortSignal; most?: number };

/** Room for one stream: taken from the moment of admission, and free again when the stream is closed or the place is given back. */
type Place = { join(stream: EventStream): void; giveBack(): void };

export type StatusStreams = {
  /** A place for a stream, to be used or given back; null where there are as many as there may be. */
  admit(): Place | null;
};

/** Streams of the status: each reader is told how it is, and then whenever something has changed. */
export function createStatusStreams({ system, stopping, most = MOST_STREAMS }: Needs): StatusStreams {
  const rounds = createRounds(ROUND_MS);
  let taken = 0;
  let latest: ReturnType<typeof inWords> | null = null;

  const giveBack = () => {
    taken -= 1;
  };

  /** Every reader is told the same of a look, so that it is made into text once. */
  function wordsFor(status: SystemStatus): ReturnType<typeof inWords> {
    if (latest?.status !== status) latest = inWords(status);
    return latest;
  }

  function join(stream: EventStream): void {
    let told = '';
    let behind = false;
    const tell = ({ status }: Pick<Seen, 'status'>) => {
      if (behind) return;
      const { news, text } = wordsFor(status);
      if (news === told) return;
      told = news;
      behind = !stream.push(text);
    };
    const sendAway = () => stream.end(Math.round(COME_BACK_AFTER_MS + Math.random() * COME_BACK_WITHIN_MS));
    const unlisten = system.listen(tell);
    const leaveRounds = rounds.join(() => stream.keepAlive());
    stream.onRoom(() => {
      behind = false;
      void system.seen().then(tell, () => {});
    });
    stream.onClose(() => {
      giveBack();
      unlisten();
      leaveRounds();
      stopping.removeEventListener('abort', sendAway);
    });
    stopping.addEventListener('abort', sendAway);
    if (stopping.aborted) sendAway();
    else void system.seen().then(tell, () => {});
  }

  return {
    admit() {
      if (taken >= most) return null;
      taken += 1;
      return { join, giveBack };
    },
  };
}

/** The text that readers are sent, and what in it is news: all but when it was looked at. */
function inWords(status: SystemStatus): { status: SystemStatus; news: string; text: string } {
  const { sampledAt: _, ...rest } = status;
  return { status, news: JSON.stringify(rest), text: eventText('status', status) };
}
