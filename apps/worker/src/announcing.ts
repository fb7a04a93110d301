import { createAttemptLedger } from '@roleforge/db';
import type { AttemptLedger } from '@roleforge/domain';
import type { Opened } from '@roleforge/lifecycle';
import { createEventLog, type EventLog, openWebhookQueue, type WebhookQueue } from '@roleforge/queue';
import { createNotifyEnd, type NotifyEnd } from '@roleforge/steering';
import type { Logger } from '@roleforge/telemetry';
import { type Announcer, createAnnouncer } from './announce.ts';
import type { Connections } from './connections.ts';
import type { WorkerObserver } from './observer.ts';

/** By what a creation's fate is kept and told. */
export type Announcing = {
  ledger: AttemptLedger;
  events: EventLog;
  webhookQueue: WebhookQueue;
  notifyEnd: NotifyEnd;
  announce: Announcer;
};

type Needs = {
  connections: Pick<Connections, 'database' | 'telling'>;
  prefix: string;
  observer: Pick<WorkerObserver, 'ended'>;
  log: Logger;
  clock: () => Date;
  onError: (error: Error) => void;
};

export function openAnnouncing(
  { connections, prefix, observer, log, clock, onError }: Needs,
  opened: Opened,
): Announcing {
  const { database, telling } = connections;
  const ledger = createAttemptLedger(database, clock);
  const events = createEventLog(telling, prefix, clock);
  // As events: while Redis is away nobody waits for it with the end of a creation.
  const webhookQueue = openWebhookQueue(telling, prefix, onError);
  opened.add(() => webhookQueue.close());
  const notifyEnd = createNotifyEnd(database, webhookQueue);
  const announce = createAnnouncer(events, ledger, notifyEnd, log, observer.ended);
  return { ledger, events, webhookQueue, notifyEnd, announce };
}
