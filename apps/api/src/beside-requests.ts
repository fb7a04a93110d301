import { acceptSubmissions, noteKeysUsed, withdrawCreations } from '@roleforge/db';
import type { Opened } from '@roleforge/lifecycle';
import { createSourceInvalidator } from '@roleforge/source-cache';
import type { Logger } from '@roleforge/telemetry';
import { createWorkBehind, type WorkBehind } from './behind.ts';
import type { Connections } from './connections.ts';
import { createForgetting, type Forgetting } from './forget-copies.ts';
import { createIntake, type Intake } from './intake.ts';
import { createKeyUse, type KeyUse } from './key-use.ts';
import type { ApiObserver } from './observer.ts';
import { createWithdrawals } from './withdrawals.ts';

/** What gathers the work of many requests, or does what no request waits for. */
export type BesideRequests = {
  intake: Intake;
  behind: WorkBehind['add'];
  forgetCopies: Forgetting['forget'];
  noteKeyUse: KeyUse['note'];
};

type Needs = {
  connections: Pick<Connections, 'database' | 'queue' | 'copying'>;
  queuePrefix: string;
  observer: Pick<ApiObserver, 'committed'>;
  log: Logger;
  clock: () => Date;
};

/** Begins it. When it is closed, what was gathered is finished: the intake first, for it leaves work to the others. */
export function openBesideRequests(
  { connections, queuePrefix, observer, log, clock }: Needs,
  opened: Opened,
): BesideRequests {
  const { database, queue, copying } = connections;
  const behind = createWorkBehind(log);
  opened.add(() => behind.stop());
  const invalidator = createSourceInvalidator({ redis: copying, prefix: queuePrefix });
  opened.add(() => invalidator.close());
  const forgetting = createForgetting({ invalidator, behind: behind.add });
  opened.add(() => forgetting.stop());
  const withdrawals = createWithdrawals({ withdraw: creations => withdrawCreations(database, creations), log });
  opened.add(() => withdrawals.stop());
  const keyUse = createKeyUse({ write: (ids, at) => noteKeysUsed(database, ids, at), log, clock });
  opened.add(() => keyUse.stop());
  const intake = createIntake({
    commit: submissions => acceptSubmissions(database, submissions),
    enqueue: creations => queue.enqueue(creations),
    onRefused: withdrawals.add,
    observer,
    log,
  });
  opened.add(() => intake.drain());
  return { intake, behind: behind.add, forgetCopies: forgetting.forget, noteKeyUse: keyUse.note };
}
