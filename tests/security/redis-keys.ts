import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rowsOf } from '@roleforge/db';
import { connectTestRedis } from '@roleforge/testkit';
import type { Belongings } from './one-of-everything.ts';
import type { Service } from './service.ts';

/** The file whose comment lists every key: what it does not list is not known. */
const KEYS = join(import.meta.dirname, '../../packages/queue/src/keys.ts');

type Kind = { name: string; form: RegExp };
export type KeyReport = {
  /** How many keys there are of each kind. */
  kinds: Map<string, number>;
  /** How many keys hold a tenant's texts, each under its own name. */
  holding: number;
  wrong: string[];
};

/** Looks at every key that the service has made in Redis: its name, its kind, and whose texts are in it. */
export async function lookAtKeys(
  { redisUrl, queuePrefix, database }: Service,
  tenants: readonly Belongings[],
): Promise<KeyReport> {
  const redis = await connectTestRedis(redisUrl);
  try {
    const known = kindsOf(readFileSync(KEYS, 'utf8'), queuePrefix);
    const report: KeyReport = { kinds: new Map(), holding: 0, wrong: [] };
    const owners = await Promise.all(
      tenants.map(async ({ marker, account: { tenantId } }) => {
        const creations: string[] = await rowsOf(database.knex, tenantId, 'role_creations').pluck('id');
        return { marker, ids: [tenantId, ...creations] };
      }),
    );
    for (const key of await redis.keys('*')) {
      if (!key.startsWith(`${queuePrefix}:`) && !key.startsWith(`{${queuePrefix}:`))
        report.wrong.push(`the key ${key} is not under the prefix`);
      const kind = known.find(({ form }) => form.test(key));
      if (kind === undefined) report.wrong.push(`the key ${key} is of no kind that packages/queue/src/keys.ts knows`);
      else report.kinds.set(kind.name, (report.kinds.get(kind.name) ?? 0) + 1);
      const text = await textOf(redis, key);
      const holders = owners.filter(({ marker }) => text.includes(marker));
      if (holders.length > 0) report.holding += 1;
      for (const { ids } of holders)
        if (!ids.some(id => key.includes(id)))
          report.wrong.push(`the key ${key} holds a tenant's text, and its name does not say whose`);
      if (holders.length > 1) report.wrong.push(`the key ${key} holds texts of more than one tenant`);
    }
    return report;
  } finally {
    redis.disconnect();
  }
}

const ID = '[0-9a-hjkmnp-tv-z]{26}';
/** What stands for what in the comment's list. */
const PLACEHOLDERS: [placeholder: RegExp, form: string][] = [
  [/<creation id>/g, `rc_${ID}`],
  [/<tenant( id)?>/g, `tenant_${ID}`],
  [/<[a-z ]+>/g, '[^:{}]+'],
];

/** The kinds of keys that the comment lists, a line each: ` *   <prefix>:events:{<creation id>}   stream: …`. */
export function kindsOf(comment: string, prefix: string): Kind[] {
  return [...comment.matchAll(/^ \* {3}(\{?<prefix>.*?)(?: {2,}| (?=BullMQ))/gm)].map(([, name = '']) => {
    const escaped = name.replaceAll('<prefix>', prefix).replaceAll(/[.{}]/g, '\\$&');
    const form = PLACEHOLDERS.reduce((text, [placeholder, by]) => text.replaceAll(placeholder, by), escaped);
    return { name, form: new RegExp(`^${form.replaceAll('*', '.*')}$`) };
  });
}

/** All that a key holds, as one text. */
async function textOf(redis: Awaited<ReturnType<typeof connectTestRedis>>, key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'string':
      return (await redis.get(key)) ?? '';
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'list':
      return JSON.stringify(await redis.lrange(key, 0, -1));
    case 'set':
      return JSON.stringify(await redis.smembers(key));
    case 'zset':
      return JSON.stringify(await redis.zrange(key, '0', '-1'));
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'));
    default:
      return '';
  }
}
