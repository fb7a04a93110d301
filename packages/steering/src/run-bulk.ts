import type { BulkId, CreationId, TenantId } from '@roleforge/contracts';
import { type BulkRecord, type Database, findBulk, nextOfBulk, noteBulk } from '@roleforge/db';
import type { Steering } from './steering.ts';

type Needs = { database: Database; steering: Pick<Steering, 'cancel' | 'retry'>; clock: () => Date };

/** So many creations are steered at once, and so many are between two notes of how far it has come. */
const AT_ONCE = 10;
const PAGE = 100;

/**
 * Carries out a bulk call from where it stands to its end, each creation as its owner would by a single call. It may be broken
 * off at any time and be begun again: what it was applied to is not there to be found again.
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
    signal.throwIfAborted();
    const page = await nextOfBulk(database, call, PAGE);
    const applied = await applyTo(page, creation =>
      steering[call?.action ?? 'cancel'](tenantId, creation).then(result => result?.outcome !== 'refused'),
    );
    const finished: boolean = page.length < PAGE;
    call = {
      ...call,
      state: finished ? 'finished' : 'running',
      done: call.done + applied,
      position: page.at(-1) ?? call.position,
      finishedAt: finished ? clock() : null,
    };
    await noteBulk(database, call);
  }
  return call;
}

/** In their order, a few at a time. Returns how many it could be done to. */
async function applyTo(ids: readonly CreationId[], action: (id: CreationId) => Promise<boolean>): Promise<number> {
  let done = 0;
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const results = await Promise.all(ids.slice(from, from + AT_ONCE).map(action));
    done += results.filter(Boolean).length;
  }
  return done;
}
