import { type AuditEntry, AuditEntryId, type AuditQuery, type OwnAuditQuery } from '@roleforge/contracts';
import { listAudit, type ReadList } from '@roleforge/db';
import { fromCursor, toCursor } from '../cursors.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type AuditNeeds = { readList: ReadList };

/** The audit log: all of it for the operator, and for a tenant what it did and what was done to it. */
export function auditHandlers({ readList }: AuditNeeds) {
  async function page(query: AuditQuery, present: (entry: AuditEntry) => AuditEntry): Promise<Reply> {
    const before = fromCursor(query.cursor, AuditEntryId);
    const { items, more } = await readList(from => listAudit(from, { ...query, before }));
    const last = items.at(-1);
    const nextCursor = more && last !== undefined ? toCursor(last.id) : null;
    return { status: 200, body: { items: items.map(present), nextCursor } };
  }

  return {
    readAll: ({ query }: Input<unknown, AuditQuery, unknown>) => page(query, entry => entry),
    readOwn: ({ query }: Input<unknown, OwnAuditQuery, unknown>, { tenantId }: Caller) =>
      page({ ...query, tenantId }, withoutOperatorsAddress),
  };
}

/** Where the operator sits is not for tenants to know. */
function withoutOperatorsAddress(entry: AuditEntry): AuditEntry {
  return entry.actor.kind === 'operator' ? { ...entry, remoteAddress: null } : entry;
}
