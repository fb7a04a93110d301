import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { rowsOf } from '@roleforge/db';
import { findSecrets } from '@roleforge/testkit';
import { runCommand, toldToStop } from '../../apps/launcher/src/command.ts';
import { sendBadRequests } from './bad-requests.ts';
import { makeCall } from './calls.ts';
import { keysLackingScopes, walkRoutes } from './foreign-keys.ts';
import { giveOneOfEverything } from './one-of-everything.ts';
import { readDocument } from './operations.ts';
import { lookAtKeys } from './redis-keys.ts';
import { compareNamesakes } from './same-names.ts';
import { type Service, startServiceUnderTest } from './service.ts';
import { countsTable, routeTable } from './tables.ts';
import { differences, takeInventory } from './unchanged.ts';
import { tryWayOut } from './way-out.ts';

const NAMES = { taskId: 'the-same-task', strategyId: 'the-same-strategy' };

/** How many bad requests: all; and so many that CI has them judged within two minutes. */
const [LONG_FORM, SHORT_FORM] = ['20000', '6000'];

const print = (line = '') => void process.stdout.write(`${line}\n`);
const heading = (text: string) => print(`\n── ${text}`);

/** `npm run test:security`, or `-- --ci` for the short form, or `-- --requests 4000 --seed 7`. Exits 1 on anything that an outsider could make use of. */
await runCommand('security', async () => {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string' },
      ci: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    },
  });
  const told = new AbortController();
  void toldToStop().then(signal => told.abort(new Error(`stopped by ${signal}`)));
  print(`security: ${cpus().length} cores (${cpus()[0]?.model}); seed ${values.seed}`);
  const service = await startServiceUnderTest();
  const wrong: string[] = [];
  const judge = (found: readonly string[]) => {
    wrong.push(...found);
    for (const line of found) print(`  ✗ ${line}`);
  };
  try {
    const document = await readDocument(service.url);
    const owner = await giveOneOfEverything(service, document, await service.newAccount('The owner'), NAMES);

    heading('Routes × foreign key: another tenant’s key and the owner’s ids');
    const lacking = await keysLackingScopes(service, owner.account);
    await settled(service, owner.account.tenantId);
    const before = await takeInventory(service, document, owner);
    const stranger = await service.newAccount('The stranger');
    const reports = await walkRoutes(service, document, owner, stranger, lacking);
    print(routeTable(reports));
    judge(
      reports.flatMap(({ operation, wrong: found }) =>
        found.map(line => `${operation.method} ${operation.path}: ${line}`),
      ),
    );
    const changed = differences(before, await takeInventory(service, document, owner));
    judge(changed);
    print(`${before.size} things of the owner's read before and after: ${changed.length} changed`);

    heading('Namesakes: two tenants with the same names, the same Idempotency-Key, and streams side by side');
    const namesake = await giveOneOfEverything(service, document, await service.newAccount('The namesake'), NAMES);
    const compared = await compareNamesakes(service, owner, namesake);
    judge(compared.wrong);
    print(`${compared.looks} answers looked at: ${compared.wrong.length} wrong`);

    heading('Keys in Redis');
    const keys = await lookAtKeys(service, [owner, namesake]);
    for (const [kind, count] of keys.kinds) print(`${String(count).padStart(6)}  ${kind}`);
    judge(keys.wrong);
    print(`${keys.holding} hold a tenant's texts, each under its owner's name`);

    heading('Ways round the guarded way out (SSRF)');
    const wayOut = await tryWayOut();
    judge(wayOut.wrong);
    print(`${wayOut.tried} attempts: ${wayOut.withstood} refused, ${wayOut.wrong.length} got through`);

    const requests = numberOf(values.requests ?? (values.ci ? SHORT_FORM : LONG_FORM));
    heading(`${requests} bad requests, seed ${values.seed}`);
    const sandbox = await giveOneOfEverything(service, document, await service.newAccount('The sandbox'), NAMES);
    const bad = await sendBadRequests(service, document, {
      tenants: [namesake, sandbox],
      requests,
      seed: numberOf(values.seed),
      signal: told.signal,
    });
    print(countsTable(bad.counts));
    judge(bad.wrong);
    print(bad.summary);

    heading('Secrets in the logs of this run, each sent once in a path, where none belongs');
    await logEverything(service);
    for (const secret of service.secrets)
      await makeCall(service.url, { method: 'GET', path: `/nowhere/${encodeURIComponent(secret)}` });
    const found = findSecrets(service.logFiles, [...service.secrets]);
    judge(found.map(({ file, line, hint }) => `${file}:${line} has the secret ${hint}`));
    print(`${service.secrets.size} secrets looked for in ${service.logFiles.length} logs: ${found.length} found`);
    judge(service.ended.map(how => `a process has ended, ${how}`));
  } finally {
    await service.close();
  }
  print(`\n${wrong.length} violations`);
  if (wrong.length > 0) throw new Error(`${wrong.length} violations`);
});

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`${text} is no whole number`);
}

/** Calls of before may have had the processes log less. */
async function logEverything({ url, adminKey }: Service): Promise<void> {
  await makeCall(url, { method: 'PUT', path: '/admin/v1/system/log-level', key: adminKey, body: { level: 'debug' } });
  // They look once a second.
  await new Promise(resolve => setTimeout(resolve, 2_000));
}

/** Waits until nothing goes on for a tenant any more: bulk calls are carried out, and deliveries made. */
async function settled({ database: { knex } }: Service, tenantId: Parameters<typeof rowsOf>[1]): Promise<void> {
  for (;;) {
    const delivery = await rowsOf(knex, tenantId, 'webhook_deliveries').where({ status: 'pending' }).first('id');
    const bulk = await rowsOf(knex, tenantId, 'bulk_operations').whereNot({ state: 'finished' }).first('id');
    if (delivery === undefined && bulk === undefined) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
