import { rowsOf, TENANT_TABLES } from '@roleforge/db';
import { jsonOf, makeCall } from './calls.ts';
import { type Belongings, firstValues } from './one-of-everything.ts';
import type { ServiceDocument } from './operations.ts';
import type { Service } from './service.ts';
import { addressOf } from './valid-value.ts';

/** Everything of a tenant's, as the ledger has it and as its own calls show it, each under a name. */
export type Inventory = Map<string, string>;

/** When a key was last used says nothing of what belongs to a tenant. */
const BESIDE_THE_POINT = new Set(['last_used_at']);
/** What these calls answer depends on what others do at the moment. */
const OF_THE_MOMENT = new Set(['explainCreation', 'readUsage']);

export async function takeInventory(
  { url, database }: Service,
  document: ServiceDocument,
  { account, values }: Belongings,
): Promise<Inventory> {
  const inventory: Inventory = new Map();
  for (const table of TENANT_TABLES) {
    const rows: Record<string, unknown>[] = await rowsOf(database.knex, account.tenantId, table);
    const lines = rows.map(row =>
      JSON.stringify(Object.entries(row).filter(([column]) => !BESIDE_THE_POINT.has(column))),
    );
    inventory.set(`rows of ${table}`, lines.sort().join('\n'));
  }
  for (const operation of document.operations) {
    if (operation.method !== 'GET' || operation.audience !== 'tenant' || OF_THE_MOMENT.has(operation.id)) continue;
    for (const creationId of values.creationId ?? []) {
      const path = addressOf(operation, document, { ...firstValues(values), creationId });
      const answer = await makeCall(url, {
        method: 'GET',
        path,
        key: account.apiKey,
        headers: operation.streams ? { accept: 'application/json' } : {},
      });
      if (answer.status !== 200)
        throw new Error(`a tenant reads its own, and gets ${answer.status}: GET ${path} ${answer.text}`);
      const shown = answer.type.startsWith('application/json')
        ? JSON.stringify(jsonOf(answer), (name, value) => (ofTheMoment(name) ? undefined : value))
        : answer.text.slice(answer.text.indexOf('\n\n'));
      inventory.set(`GET ${path}`, shown);
    }
  }
  return inventory;
}

/** Fields that tell how the queue stands, or when a key was last used. */
function ofTheMoment(name: string): boolean {
  return /^(estimated\w*|position|queue|lastUsedAt)$/.test(name);
}

/** What is no longer as it was. */
export function differences(before: Inventory, after: Inventory): string[] {
  return [...before].flatMap(([name, was]) => {
    const is = after.get(name);
    return is === was ? [] : [`${name} was changed:\n  ${was}\n  ${is}`];
  });
}
