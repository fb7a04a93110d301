import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '@roleforge/db';
import { closeRedis, openRedis, pingRedis } from '@roleforge/queue';
import { type EncryptedServers, startEncryptedServers } from '@roleforge/testkit';
import { beginJourney } from '../journeys/journey.fixture.ts';

let servers: EncryptedServers;
let options: { ours: string; withoutClient: string; strange: string; strangeClient: string };
beforeAll(async () => {
  servers = await startEncryptedServers();
  const { authority, stranger } = servers;
  const [own, strangers] = await Promise.all([authority.issue('roleforge'), stranger.issue('roleforge')]);
  options = {
    ours: `ssl-ca=${authority.ca}&ssl-cert=${own.cert}&ssl-key=${own.key}`,
    withoutClient: `ssl-ca=${authority.ca}`,
    strange: `ssl-ca=${stranger.ca}&ssl-cert=${own.cert}&ssl-key=${own.key}`,
    strangeClient: `ssl-ca=${authority.ca}&ssl-cert=${strangers.cert}&ssl-key=${strangers.key}`,
  };
});
afterAll(() => servers.stop());

/** `PONG`, or why there was none. */
async function redisAnswers(url: string): Promise<string> {
  const redis = openRedis(url, 'request');
  try {
    // Rejects with the error that comes before.
    await once(redis, 'ready');
    await pingRedis(redis);
    return 'PONG';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await closeRedis(redis);
  }
}

/** The cipher in use, or why there is none. */
async function mysqlAnswers(url: string): Promise<string> {
  const database = openDatabase({ url, patienceMs: 5_000 });
  try {
    const [[{ Value }]] = await database.knex.raw("SHOW STATUS LIKE 'Ssl_cipher'");
    return Value;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await database.close();
  }
}

describe('Redis by TLS', () => {
  test('is believed by its authority, and knows us by our certificate', async () => {
    expect(await redisAnswers(`${servers.redisUrl}?${options.ours}`)).toBe('PONG');
  });

  test('is not believed by another authority, nor by the system’s own', async () => {
    expect(await redisAnswers(`${servers.redisUrl}?${options.strange}`)).toMatch(/certificate/);
    expect(await redisAnswers(servers.redisUrl)).toMatch(/certificate/);
  });

  test('is not believed under another name than its certificate’s', async () => {
    const elsewhere = servers.redisUrl.replace('localhost', '127.0.0.1');
    expect(await redisAnswers(`${elsewhere}?${options.ours}`)).toMatch(/does not match certificate/);
  });

  test('refuses who shows no certificate, or a stranger’s', async () => {
    expect(await redisAnswers(`${servers.redisUrl}?${options.withoutClient}`)).not.toBe('PONG');
    expect(await redisAnswers(`${servers.redisUrl}?${options.strangeClient}`)).not.toBe('PONG');
  });
});

describe('MySQL by TLS', () => {
  test('is believed by its authority, and knows us by our certificate', async () => {
    expect(await mysqlAnswers(`${servers.databaseUrl}?${options.ours}`)).toMatch(/^TLS_/);
  });

  test('is not believed by another authority, nor by the system’s own', async () => {
    expect(await mysqlAnswers(`${servers.databaseUrl}?${options.strange}`)).toMatch(/certificate/);
    expect(await mysqlAnswers(`${servers.databaseUrl}?ssl-mode=VERIFY_CA`)).toMatch(/certificate/);
  });

  test('refuses who shows no certificate, or a stranger’s, or comes without TLS', async () => {
    for (const more of [`?${options.withoutClient}`, `?${options.strangeClient}`, ''])
      expect(await mysqlAnswers(servers.databaseUrl + more)).not.toMatch(/^TLS_/);
  });

  test('is encrypted, and looked at no closer, where that alone is asked for', async () => {
    expect(await mysqlAnswers(servers.plainDatabaseUrl)).toBe('');
    expect(await mysqlAnswers(`${servers.plainDatabaseUrl}?ssl-mode=REQUIRED`)).toMatch(/^TLS_/);
  });

  test('is not believed under another name than its certificate’s, unless the authority is enough', async () => {
    await servers.showMariadb(await servers.authority.issue('elsewhere.example.com'));
    expect(await mysqlAnswers(`${servers.databaseUrl}?${options.ours}`)).toMatch(/does not match certificate/);
    expect(await mysqlAnswers(`${servers.databaseUrl}?ssl-mode=VERIFY_CA&${options.ours}`)).toMatch(/^TLS_/);
    await servers.showMariadb(await servers.authority.issue('localhost'));
    expect(await mysqlAnswers(`${servers.databaseUrl}?${options.ours}`)).toMatch(/^TLS_/);
  });
});

test('api and workers make a role by TLS alone, and no log says what their files are for', async () => {
  const journey = await beginJourney({
    redisUrl: `${servers.redisUrl}?${options.ours}`,
    databaseUrl: `${servers.databaseUrl}?${options.ours}`,
    databaseServerUrl: servers.plainDatabaseUrl,
  });
  try {
    await journey.startWorker();
    expect((await journey.ended(await journey.submit('tea-shop'))).status).toBe('succeeded');
  } finally {
    await journey.close();
  }
});
