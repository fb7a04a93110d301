import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readSettings, readWords, writeWord } from './fixtures/probe-servers.ts';
import { type KillableServers, startKillableServers } from './killable-servers.ts';

let servers: KillableServers;
beforeEach(async () => {
  servers = await startKillableServers();
});
afterEach(() => servers.stop());

test('servers that were killed start again at the same address with all that they had answered for', async () => {
  const urls = { redisUrl: servers.redis.url, databaseUrl: servers.mariadb.url };
  await writeWord(urls, 'answered for');
  await Promise.all([servers.redis.kill(), servers.mariadb.kill()]);
  expect(await Promise.all([isListening(urls.redisUrl), isListening(urls.databaseUrl)])).toEqual([false, false]);
  await Promise.all([servers.redis.startAgain(), servers.mariadb.startAgain()]);
  expect(await readWords(urls)).toEqual({ redis: 'answered for', database: ['answered for'] });
  expect(await readSettings(urls)).toMatchObject({ redis: { appendfsync: 'always' }, database: { flush: 1 } });
}, 60_000);

function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
