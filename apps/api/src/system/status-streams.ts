import type { SystemStatus } from '@roleforge/contracts';
import { createRounds } from '../following/rounds.ts';
import type { EventStream } from '../http/event-stream.ts';
import type { Seen, SystemWatch } from './system-watch.ts';

/** Most streams of the status that one process has open: who opens them need not say who they are. */
const MOST_STREAMS = 200;
/** How long a stream goes at most without a sign of life, in milliseconds. */
const ROUND_MS = 15_000;
/** When the readers of an api that stops come back, in milliseconds: not all of them in the same moment. */
const COME_BACK_AFTER_MS = 500;
const COME_BACK_WITHIN_MS = 2_000;

type Needs = { system: Pick<SystemWatch, 'seen' | 'listen'>; stopping: AbortSignal; most?: number };

export type StatusStreams = {
  /** The way to join a stream; null where there are as many as there may be. */
  admit(): ((stream: EventStream) => void) | null;
};

/** Streams of the status: each reader is told how it is, and then whenever something has changed. */
export function createStatusStreams({ system, stopping, most = MOST_STREAMS }: Needs): StatusStreams {
  const rounds = createRounds(ROUND_MS);
  let open = 0;

  function join(stream: EventStream): void {
    let told = '';
    let behind = false;
    const tell = ({ status }: Pick<Seen, 'status'>) => {
      const news = newsOf(status);
      if (behind || news === told) return;
      told = news;
      behind = !stream.push('status', status);
    };
    const sendAway = () => stream.end(Math.round(COME_BACK_AFTER_MS + Math.random() * COME_BACK_WITHIN_MS));
    open += 1;
    const unlisten = system.listen(tell);
    const leaveRounds = rounds.join(() => stream.keepAlive());
    stream.onRoom(() => {
      behind = false;
      void system.seen().then(tell, () => {});
    });
    stream.onClose(() => {
      open -= 1;
      unlisten();
      leaveRounds();
      stopping.removeEventListener('abort', sendAway);
    });
    stopping.addEventListener('abort', sendAway);
    if (stopping.aborted) sendAway();
    else void system.seen().then(tell, () => {});
  }

  return { admit: () => (open < most ? join : null) };
}

/** All but when it was looked at. */
function newsOf({ sampledAt: _, ...rest }: SystemStatus): string {
  return JSON.stringify(rest);
}
