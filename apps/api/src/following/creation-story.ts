import type { CreationEvent, CreationId, TenantId } from '@roleforge/contracts';
import { type Database, findCreation } from '@roleforge/db';
import { type CreationRecord, isTerminal, isToCome, presentCreation } from '@roleforge/domain';
import { type EventLog, isTerminalEvent, numberByClock } from '@roleforge/queue';

/** What happened to a creation since an event, oldest first, and whether that is all: it has ended, by the ledger. */
export type Since = { events: CreationEvent[]; over: boolean };

/**
 * Reads what happened to a creation after the event with number `after` (0 for all of it), from the log and the ledger.
 * Where the log is gone or lacks the end, the ledger's word stands in for it. Null where the tenant has no such creation.
 * @throws StoreUnavailable
 */
export type ReadSince = (tenantId: TenantId, id: CreationId, after: number) => Promise<Since | null>;

export function createReadSince(database: Database, log: EventLog): ReadSince {
  return async (tenantId, id, after) => {
    // The log first: an end that the ledger knows by then either stands in the log or is about to be appended next. The other
    // way round, a creation that is begun again meanwhile would seem to end twice.
    const logged = await readLog(id, after);
    const record = await findCreation(database, tenantId, id);
    if (record === null) return null;
    return { events: eventsSince(record, logged, after), over: isTerminal(record.status) };
  };

  /** From the event `after` on, where the log goes on from there; all of the log, where it does not know that event. */
  async function readLog(id: CreationId, after: number): Promise<CreationEvent[]> {
    try {
      const tail = after > 1 ? await log.read(id, after - 1) : [];
      return tail[0]?.id === after ? tail : await log.read(id, 0);
    } catch {
      return [];
    }
  }
}

/** @param logged the log, or its end from the event `after` on */
export function eventsSince(record: CreationRecord, logged: readonly CreationEvent[], after: number): CreationEvent[] {
  const events = [...logged];
  const last = events.at(-1);
  if (isTerminal(record.status) && (last === undefined || !isTerminalEvent(last.type))) {
    const number = last === undefined ? endNumber(record) : last.id + 1;
    events.push(endedEvent(record, number));
  }
  const highest = events.at(-1)?.id;
  if (after === 0) return [queuedEvent(record), ...events];
  // Numbered higher than all there is: the log was lost and has begun anew, and nothing of it was seen; unless what was
  // seen is the end by the ledger's word, given while the log could not be read.
  if (highest !== undefined && after > highest)
    return isTerminal(record.status) && after === endNumber(record) ? [] : events;
  return events.filter(event => event.id > after);
}

/** One that was never begun has had no event but the first that could have been lost. */
function endNumber(record: CreationRecord): number {
  if (record.history.length === 0) return 2;
  return numberByClock(record.id, record.finishedAt ?? record.createdAt);
}

/** The first event follows from the ledger: it is not in the log. */
function queuedEvent(record: CreationRecord): CreationEvent {
  return {
    id: 1,
    type: 'role_creation.queued',
    creationId: record.id,
    at: record.createdAt.toISOString(),
    data: { status: isToCome(record.runAt, record.createdAt) ? 'scheduled' : 'queued' },
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
