import type { ApiKeyId, TenantId } from '@roleforge/contracts';
import { type Database, findWelcome, type Visitor } from '@roleforge/db';
import type { Doer, Principal } from '@roleforge/domain';
import type { Logger } from '@roleforge/telemetry';

/** How often it is looked whether those who have a stream open may still have it, in milliseconds. */
const LOOK_MS = 500;

/** Who opened something that stays open. */
export type Guest = Pick<Principal, 'tenantId' | 'expiresAt'> & Pick<Doer, 'actor'>;

/** Ends what stays open for longer than a request when its key or token has ended, or its tenant is suspended. */
export type Welcome = {
  /** Has `end` called, once, when the guest is not welcome any more. Returns the way to leave before that. */
  join(guest: Guest, end: () => void): () => void;
};

type Needs = { database: Database; log: Logger; clock: () => Date; lookMs?: number };

type Group = Visitor & { members: Set<{ expiresAt: Date | undefined; end: () => void }> };

/**
 * One timer for all that is open, and two reads for all keys and tenants among them, however many streams they have. While MySQL is away
 * nothing is known to have changed, and streams stay; what ends by its own time ends all the same. A client that comes back
 * learns by 401 or 403 why it was sent away: the stream itself has no word for it.
 */
export function createWelcome({ database, log, clock, lookMs = LOOK_MS }: Needs): Welcome {
  const groups = new Map<string, Group>();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;

  async function look(): Promise<void> {
    const now = clock();
    for (const group of groups.values())
      for (const member of group.members)
        if (member.expiresAt !== undefined && member.expiresAt <= now) dismiss(group, member);
    if (looking || groups.size === 0) return;
    looking = true;
    try {
      const asked = [...groups.values()];
      const welcome = await findWelcome(database, asked, now);
      for (const group of asked) if (!welcome.has(group)) for (const member of group.members) dismiss(group, member);
    } catch (error) {
      log.debug('open streams stay as they are', { error });
    } finally {
      looking = false;
    }
  }

  function dismiss(group: Group, member: { end: () => void }): void {
    remove(group, member);
    member.end();
  }

  function remove(group: Group, member: { end: () => void }): void {
    group.members.delete(member as never);
    if (group.members.size === 0 && groups.get(nameOf(group)) === group) groups.delete(nameOf(group));
    if (groups.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    join({ tenantId, actor, expiresAt }, end) {
      const visitor = { tenantId, keyId: actor.kind === 'api_key' ? (actor.id as ApiKeyId) : null };
      const group = groups.get(nameOf(visitor)) ?? { ...visitor, members: new Set() };
      groups.set(nameOf(group), group);
      const member = { expiresAt, end };
      group.members.add(member);
      timer ??= setInterval(() => void look(), lookMs);
      return () => {
        if (group.members.has(member)) remove(group, member);
      };
    },
  };
}

function nameOf({ tenantId, keyId }: { tenantId: TenantId; keyId: ApiKeyId | null }): string {
  return keyId ?? tenantId;
}
