import { hash, timingSafeEqual } from 'node:crypto';
import type { Actor } from '@roleforge/contracts';

/** Whoever has the admin key does everything; whoever has the viewer's key looks, and changes nothing. */
export type OperatorRole = 'operator' | 'viewer';

/** The key of each role; null where none is configured: then nobody has the role. */
export type OperatorKeys = Readonly<Record<OperatorRole, string | null>>;

const ROLES = ['operator', 'viewer'] as const satisfies OperatorRole[];
const KEY_IDS = { operator: 'admin_key', viewer: 'viewer_key' } as const satisfies Record<OperatorRole, string>;

/** Whose key this is; null where it is nobody's. */
export function roleOf(keys: OperatorKeys, given: unknown): OperatorRole | null {
  if (typeof given !== 'string') return null;
  return ROLES.find(role => keys[role] !== null && sameText(given, keys[role])) ?? null;
}

/** How the audit log names one who has the role. */
export function actorOf(role: OperatorRole): Actor {
  return { kind: 'operator', id: KEY_IDS[role] };
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
