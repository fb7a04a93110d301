import type { CreationId, EventListQuery } from '@roleforge/contracts';
import { z } from 'zod';
import { fromCursor, toCursor } from '../cursors.ts';
import type { ReadSince } from '../following/creation-story.ts';
import type { Follow } from '../following/follow.ts';
import type { Welcome } from '../following/welcome.ts';
import type { EventStream } from '../http/event-stream.ts';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type EventNeeds = {
  readSince: ReadSince;
  follow: Follow;
  welcome: Welcome;
  /** Aborted when the api stops: streams end, and their clients come back to another process with Last-Event-ID. */
  stopping: AbortSignal;
};

/** When the clients of an api that stops come back, in milliseconds: not all of them in the same moment. */
const COME_BACK_AFTER_MS = 500;
const COME_BACK_WITHIN_MS = 2_000;
/** When a client whose key has ended comes back: not before every process knows, so that it hears why by 401 or 403. */
const COME_BACK_UNWELCOME_MS = 2_000;

const EventNumber = z.coerce.number().int().min(1);

type Reading = Input<{ creationId: CreationId }, EventListQuery, unknown>;

export function eventHandlers({ readSince, follow, welcome, stopping }: EventNeeds) {
  /** A page; its cursor is the number of its last event, so that it goes on where `after` with that number would. */
  async function page({ params, query }: Reading, { tenantId }: Caller): Promise<Reply> {
    const after = Math.max(query.after ?? 0, fromCursor(query.cursor, EventNumber) ?? 0);
    const since = await readSince(tenantId, params.creationId, after);
    if (since === null) throw notFound('role creation');
    const items = since.events.slice(0, query.limit);
    const more = items.length < since.events.length;
    return { status: 200, body: { items, nextCursor: more ? toCursor(items.at(-1)?.id ?? after) : null } };
  }

  /** Joins a stream with what happens to the creation. */
  function tell(stream: EventStream, caller: Caller, creationId: CreationId, after: number): void {
    const following = follow(caller.tenantId, creationId, after, {
      take: event => stream.send(event),
      visited: () => stream.keepAlive(),
      ended: () => stream.end(),
    });
    const sendAway = () => stream.end(Math.round(COME_BACK_AFTER_MS + Math.random() * COME_BACK_WITHIN_MS));
    const leaveWelcome = welcome.join(caller, () => {
      following.leave();
      stream.end(COME_BACK_UNWELCOME_MS);
    });
    stream.onRoom(following.resume);
    stream.onClose(() => {
      following.leave();
      leaveWelcome();
      stopping.removeEventListener('abort', sendAway);
    });
    stopping.addEventListener('abort', sendAway);
    if (stopping.aborted) sendAway();
  }

  return {
    async events(input: Reading, caller: Caller): Promise<Reply> {
      const { params, query, headers } = input;
      if (query.after !== undefined || query.cursor !== undefined || prefersJson(headers.accept))
        return page(input, caller);
      const seen = Number.parseInt(headers['last-event-id'] ?? '0', 10);
      const after = Number.isSafeInteger(seen) && seen > 0 ? seen : 0;
      const since = await readSince(caller.tenantId, params.creationId, after);
      if (since === null) throw notFound('role creation');
      // 204 tells an EventSource that has seen the end not to come back.
      if (after > 0 && since.over && since.events.length === 0) return { status: 204 };
      return { stream: stream => tell(stream, caller, params.creationId, after) };
    },
  };
}

function prefersJson(accept: string | undefined): boolean {
  return accept?.includes('application/json') === true && !accept.includes('text/event-stream');
}
