import type { CreationEvent, CreationId } from '@roleforge/contracts';
import { type Database, findCreation } from '@roleforge/db';
import { type CreationRecord, isTerminal, presentCreation } from '@roleforge/domain';
import { type EventFeed, type EventLog, isTerminalEvent } from '@roleforge/queue';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type EventNeeds = {
  database: Database;
  events: EventLog;
  feed: EventFeed;
  /** Aborted when the api stops: streams end, and their clients come back to another process with Last-Event-ID. */
  stopping: AbortSignal;
};

type Query = { after?: number | undefined };

export function eventHandlers({ database, events, feed, stopping }: EventNeeds) {
  /** What is in the log after `after`; where the log is gone, what the ledger still knows. */
  async function past(record: CreationRecord, after: number): Promise<CreationEvent[]> {
    const logged = await events.read(record.id, after).catch(() => []);
    const first = after < 1 ? [queuedEvent(record)] : [];
    if (logged.length > 0 || !isTerminal(record.status)) return [...first, ...logged];
    const lastKnown = await events.read(record.id, 0).catch(() => []);
    // The log is there and holds nothing new: the caller has seen the end.
    if (lastKnown.length > 0) return first;
    return [...first, endedEvent(record, Math.max(after, 1) + 1)];
  }

  async function* follow(record: CreationRecord, after: number, signal: AbortSignal): AsyncGenerator<CreationEvent> {
    // Listening begins before the log is read, so that nothing falls between the two.
    const live = listen(feed, record.id, signal);
    let last = after;
    for (const event of await past(record, after)) {
      yield event;
      last = event.id;
      if (isTerminalEvent(event.type)) return live.stop();
    }
    for await (const event of live.events) {
      if (event.id <= last) continue;
      yield event;
      last = event.id;
      if (isTerminalEvent(event.type)) return live.stop();
    }
  }

  return {
    async events(
      { params, query, headers, closed }: Input<{ creationId: CreationId }, Query, unknown>,
      { tenantId }: Caller,
    ): Promise<Reply> {
      const record = await findCreation(database, tenantId, params.creationId);
      if (record === null) throw notFound('role creation');
      if (query.after !== undefined || prefersJson(headers.accept))
        return { status: 200, body: { items: await past(record, query.after ?? 0), nextCursor: null } };
      const seen = Number.parseInt(headers['last-event-id'] ?? '0', 10);
      const after = Number.isSafeInteger(seen) && seen > 0 ? seen : 0;
      // 204 tells an EventSource that has seen the end not to come back.
      if (after > 0 && isTerminal(record.status) && (await past(record, after)).length === 0) return { status: 204 };
      return { events: follow(record, after, AbortSignal.any([closed(), stopping])) };
    },
  };
}

/** The first event follows from the ledger: it is not in the log. */
function queuedEvent(record: CreationRecord): CreationEvent {
  return {
    id: 1,
    type: 'role_creation.queued',
    creationId: record.id,
    at: record.createdAt.toISOString(),
    data: { status: record.runAt === null ? 'queued' : 'scheduled' },
  };
}

function endedEvent(record: CreationRecord, id: number): CreationEvent {
  return {
    id,
    type: `role_creation.${record.status}`,
    creationId: record.id,
    at: (record.finishedAt ?? record.createdAt).toISOString(),
    data: presentCreation(record),
  } as CreationEvent;
}

/** Live events as they come, until stopped or the caller goes. */
function listen(
  feed: EventFeed,
  id: CreationId,
  signal: AbortSignal,
): { events: AsyncIterable<CreationEvent>; stop(): void } {
  const arrived: CreationEvent[] = [];
  let wake = () => {};
  let stopped = false;
  const unlisten = feed.listen(id, event => {
    arrived.push(event);
    wake();
  });
  const stop = () => {
    stopped = true;
    unlisten();
    wake();
  };
  signal.addEventListener('abort', stop, { once: true });
  async function* events() {
    while (!stopped) {
      yield* arrived.splice(0);
      if (arrived.length === 0 && !stopped)
        await new Promise<void>(resolve => {
          wake = resolve;
        });
    }
  }
  return { events: events(), stop };
}

function prefersJson(accept: string | undefined): boolean {
  return accept?.includes('application/json') === true && !accept.includes('text/event-stream');
}
