import type { BulkId, CreationId, TenantId } from '@roleforge/contracts';
import { type BulkRecord, type Database, findBulk, nextOfBulk, noteBulk } from '@roleforge/db';
import type { SteeredCreation, Steering } from './steering.ts';

type Needs = { database: Database; steering: Pick<Steering, 'cancel' | 'retry'>; clock: () => Date };

/**
 * So many creations are steered at once, and so many are between two notes of how far it has come. Retried ones go one after the
 * other, since they join the queue in the order of their acceptance, and are not to be retried twice.
 */
const AT_ONCE = { cancel: 10, retry: 1 } as const satisfies Record<BulkRecord['action'], number>;
const PAGE = 100;

/**
 * Carries out a bulk call from where it stands to its end, each creation as by a single call, but that no retry is held to the tenant's
 * limit of those that wait. It may be broken off at any time and be begun again; one who goes on beside another that has come further
 * notices by its first note, and stops.
 * @returns the call as it stands then; null where there is none
 * @throws StoreUnavailable, and the signal's reason once it is aborted
 */
export async function runBulk(
  { database, steering, clock }: Needs,
  tenantId: TenantId,
  id: BulkId,
  signal: AbortSignal,
): Promise<BulkRecord | null> {
  let call = await findBulk(database, tenantId, id);
  while (call !== null && call.state !== 'finished') {
    const page = await nextOfBulk(database, call, PAGE);
    for (const group of groupsOf(page, AT_ONCE[call.action])) {
      signal.throwIfAborted();
      const { action } = call;
      const { done, upTo, fault } = await applyTo(group, one => steering[action](tenantId, one));
      const next: BulkRecord = { ...call, state: 'running', done: call.done + done, position: upTo ?? call.position };
      if (upTo !== null && !(await noteBulk(database, call, next))) return findBulk(database, tenantId, id);
      call = next;
      if (fault !== null) throw fault.reason;
    }
    if (page.length === PAGE) continue;
    const finished: BulkRecord = { ...call, state: 'finished', finishedAt: clock() };
    if (!(await noteBulk(database, call, finished))) return findBulk(database, tenantId, id);
    call = finished;
  }
  return call;
}

/** Applies an action to all of a group at once; says to how many it could be, and up to which one nothing is left to do. */
async function applyTo(
  group: readonly CreationId[],
  action: (id: CreationId) => Promise<SteeredCreation>,
): Promise<{ done: number; upTo: CreationId | null; fault: PromiseRejectedResult | null }> {
  const results = await Promise.allSettled(group.map(action));
  const failed = results.findIndex(({ status }) => status === 'rejected');
  const through = failed === -1 ? results : results.slice(0, failed);
  return {
    done: through.filter(result => result.status === 'fulfilled' && isDone(result.value)).length,
    upTo: group[through.length - 1] ?? null,
    fault: failed === -1 ? null : (results[failed] as PromiseRejectedResult),
  };
}

function isDone(steered: SteeredCreation): boolean {
  return steered !== null && steered.outcome !== 'refused';
}

function* groupsOf(ids: readonly CreationId[], size: number): Generator<readonly CreationId[]> {
  for (let from = 0; from < ids.length; from += size) yield ids.slice(from, from + size);
}
