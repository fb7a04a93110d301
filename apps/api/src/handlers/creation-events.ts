import type { CreationEvent, CreationId, TenantId } from '@roleforge/contracts';
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
    const logged = await events.read(record.id, 0).catch(() => []);
    const all = [queuedEvent(record), ...logged];
    const last = all.at(-1);
    // The last event may have been lost with the worker or with Redis; the ledger knows the end all the same.
    if (isTerminal(record.status) && last !== undefined && !isTerminalEvent(last.type))
      all.push(endedEvent(record, (logged.length > 0 ? last.id : Math.max(after, last.id)) + 1));
    return all.filter(event => event.id > after);
  }

  async function* follow(
    { id, tenantId }: CreationRecord,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<CreationEvent> {
    // Listening begins before the log is read, so that nothing falls between the two.
    const live = listen(feed, id, signal);
    let last = after;
    try {
      for await (const arrived of live) {
        const events = arrived ?? (await sinceThen(tenantId, id, last));
        for (const [index, event] of events.entries()) {
          if (event.id <= last) continue;
          yield event;
          last = event.id;
          // An end that more follows upon was one of an earlier life: its owner has had it begun again.
          if (isTerminalEvent(event.type) && index === events.length - 1) return;
        }
      }
    } finally {
      live.stop();
    }
  }

  async function sinceThen(tenantId: TenantId, id: CreationId, last: number): Promise<CreationEvent[]> {
    const record = await findCreation(database, tenantId, id).catch(() => null);
    return record === null ? [] : past(record, last);
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

/** How long a silent stream goes without a look at the log and the ledger, in milliseconds: a message may have been lost. */
const LOOK_AGAIN_MS = 15_000;

/** Live events as they come, and null whenever it is time to look at what there is: at first, and after a long silence. */
type Live = AsyncIterable<CreationEvent[] | null> & { stop(): void };

function listen(feed: EventFeed, id: CreationId, signal: AbortSignal): Live {
  const arrived: CreationEvent[] = [];
  let wake = () => {};
  let stopped = signal.aborted;
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
  return {
    stop,
    async *[Symbol.asyncIterator]() {
      yield null;
      while (!stopped) {
        if (arrived.length === 0) {
          await new Promise<void>(resolve => {
            const timer = setTimeout(resolve, LOOK_AGAIN_MS);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        }
        if (!stopped) yield arrived.length === 0 ? null : arrived.splice(0);
      }
    },
  };
}

function prefersJson(accept: string | undefined): boolean {
  return accept?.includes('application/json') === true && !accept.includes('text/event-stream');
}
