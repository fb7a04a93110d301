import type { CreationEvent, CreationStep, ProfilePart } from '@roleforge/contracts';
import { type Attempt, type AttemptLedger, type CreationRecord, isTerminal, presentCreation } from '@roleforge/domain';
import type { EventLog, NewEvent } from '@roleforge/queue';
import type { NotifyEnd } from '@roleforge/steering';
import type { Logger } from '@roleforge/telemetry';

/** How far a creation has come at the beginning of each step, in percent: writing is what takes the time. */
const PERCENT = { gathering: 5, writing: 20, saving: 90, notifying: 95 } as const satisfies Record<
  CreationStep,
  number
>;

/**
 * Tells those who follow a creation what happens to it. Events are a convenience, the ledger is the record: one that
 * cannot be appended is logged, and the work goes on.
 */
export type Announcer = {
  state(
    attempt: Attempt,
    type: 'role_creation.running' | 'role_creation.queued' | 'role_creation.held',
    data: { status: string; reason?: string },
  ): Promise<void>;
  progress(attempt: Attempt, step: CreationStep, detail: string): Promise<void>;
  /** A part of the profile is finished. Parts are told in the order of the calls, also where nobody waits for one before the next. */
  section(attempt: Attempt, part: ProfilePart, value: unknown): Promise<void>;
  /** The last event of a creation that has ended: the whole of it as it stands in the ledger. Has its webhooks sent as well. */
  end(attempt: Attempt): Promise<void>;
};

/** @param onEnd hears of each end that is told, with the creation as it stands in the ledger */
export function createAnnouncer(
  events: EventLog,
  ledger: AttemptLedger,
  notifyEnd: NotifyEnd,
  log: Logger,
  onEnd: (creation: CreationRecord) => void = () => {},
): Announcer {
  async function append({ creationId }: Attempt, event: NewEvent, continues = true): Promise<void> {
    await events
      .append(creationId, event, { continues })
      .catch(error => log.warn('event not appended', { type: event.type, error }));
  }
  /** Its owner may have erased it since it was read, and what was appended after that would outlive the erasure. */
  async function forgetErased({ tenantId, creationId }: Attempt): Promise<void> {
    try {
      if ((await ledger.read(tenantId, creationId)) === null) await events.remove([creationId]);
    } catch (error) {
      log.warn('not known whether it was erased meanwhile', { error });
    }
  }
  async function appendEnd(attempt: Attempt): Promise<void> {
    const record = await ledger.read(attempt.tenantId, attempt.creationId).catch(() => null);
    if (record === null || !isTerminal(record.status)) return;
    onEnd(record);
    const type = `role_creation.${record.status}` as CreationEvent['type'];
    // One that was never begun has no log that could have been lost.
    await append(attempt, { type, data: presentCreation(record) } as NewEvent, record.history.length > 0);
    await forgetErased(attempt);
  }
  return {
    state: (attempt, type, data) =>
      // All but the first to take it up know that there was a log before.
      append(attempt, { type, data } as NewEvent, attempt.epoch > 1 || type !== 'role_creation.running'),
    progress: (attempt, step, detail) =>
      append(attempt, { type: 'role_creation.progress', data: { step, percent: PERCENT[step], detail } }),
    section: (attempt, part, value) => append(attempt, { type: 'role_creation.section', data: { part, value } }),
    async end(attempt) {
      const notified = notifyEnd(attempt.tenantId, attempt.creationId).catch(error =>
        log.warn('webhooks not put on their queue; the reconciler will do it', { error }),
      );
      await Promise.all([appendEnd(attempt), notified]);
    },
  };
}
