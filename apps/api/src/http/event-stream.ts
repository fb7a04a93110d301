import type { CreationEvent } from '@roleforge/contracts';
import { createEventBuffer } from 'better-sse';
import type { Response } from 'express';
import { streamBegins } from './traffic.ts';

/** How long a client waits before it connects again, in milliseconds. */
const RETRY_MS = 2_000;
/** Most of a stream's bytes that wait for a slow reader in memory; the log keeps the rest. */
const MOST_UNSENT_BYTES = 65_536;

/** A response that is a stream of server-sent events. */
export type EventStream = {
  /** Sends an event. False where the reader is behind: no more should be sent before `onRoom`; and after the end, where nothing is sent. */
  send(event: CreationEvent): boolean;
  /** As `send`, for an `eventText`: what is told to many is made into text once. */
  push(text: string): boolean;
  /** Has `resume` called whenever a reader that was behind has caught up. */
  onRoom(resume: () => void): void;
  /** Has `leave` called once, when the stream is over from either side. */
  onClose(leave: () => void): void;
  /** Says that the stream is alive; ends one whose reader has taken nothing since the time before. */
  keepAlive(): void;
  /** Ends the stream. `retryMs` asks the client to come back after that long rather than the usual. */
  end(retryMs?: number): void;
};

/** The text of an event, by a library that knows the format. One buffer serves all: nothing waits while it is in use. */
const format = createEventBuffer();

/** The text of an event that has no number: a reader that comes back is told how it is then. */
export function eventText(type: string, data: object): string {
  return format.clear().event(type).data(data).dispatch().read();
}

/**
 * Begins a stream. There are thousands of them open at once, so that each one is next to nothing: no timer, no queue, the bare
 * response. What a slow reader leaves unread is bounded.
 */
export function openEventStream(response: Response): EventStream {
  response.writeHead(200, {
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  streamBegins(response);
  response.socket?.setNoDelay(true);
  response.write(format.clear().retry(RETRY_MS).dispatch().read());
  let behind = false;
  let takenNothing = false;
  let resumed = () => {};
  response.on('drain', () => {
    takenNothing = false;
    if (!behind) return;
    behind = false;
    resumed();
  });
  function write(text: string): boolean {
    // A reader who takes their time may have the end of it on the way for a while.
    if (response.writableEnded) return false;
    const room = response.write(text);
    if (!room && response.writableLength > MOST_UNSENT_BYTES) behind = true;
    return !behind;
  }
  return {
    send: event => write(format.clear().push(event, event.type, String(event.id)).read()),
    push: write,
    onRoom(resume) {
      resumed = resume;
    },
    onClose: leave => void response.once('close', leave),
    keepAlive() {
      if (behind && takenNothing) response.destroy();
      else if (behind) takenNothing = true;
      else if (!response.writableEnded) response.write(format.clear().comment().dispatch().read());
    },
    end(retryMs) {
      // Sent elsewhere, a reader that is behind need not read to the end here first: it would hold up the stop.
      if (behind && retryMs !== undefined) return void response.destroy();
      response.end(retryMs === undefined ? undefined : format.clear().retry(retryMs).dispatch().read());
    },
  };
}
