import { describe, expect, test } from '@jest/globals';
import { parseRedisAddress } from '@roleforge/domain';
import { clusterOptions, type RedisUse, redisOptions } from './redis-options.ts';

const USES: RedisUse[] = ['request', 'cache', 'worker', 'listener'];
const CLUSTER = parseRedisAddress('redis+cluster://app:pw@one:7001,two:7002');
const SENTINELS = 'redis+sentinel://:pw@s1,s2:26380/main/2';

describe('a connection', () => {
  test('that fails at once keeps nothing for later, in any topology', () => {
    for (const use of ['request', 'cache'] as const) {
      for (const address of ['redis://one', SENTINELS])
        expect(redisOptions(parseRedisAddress(address), use, null)).toMatchObject({
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
        });
      expect(clusterOptions(CLUSTER, use, null)).toMatchObject({
        enableOfflineQueue: false,
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
        redisOptions: { maxRetriesPerRequest: 0 },
      });
    }
  });

  test('that waits for ever keeps its commands until there is an answer, in any topology', () => {
    for (const address of ['redis://one', SENTINELS])
      expect(redisOptions(parseRedisAddress(address), 'worker', null)).toMatchObject({
        enableOfflineQueue: true,
        maxRetriesPerRequest: null,
      });
    const { maxRedirections, retryDelayOnFailover, redisOptions: ofNodes } = clusterOptions(CLUSTER, 'worker', null);
    expect([maxRedirections, ofNodes?.maxRetriesPerRequest]).toEqual([Number.POSITIVE_INFINITY, null]);
    expect(retryDelayOnFailover).toBeGreaterThan(0);
  });

  test('is dropped when it has fallen silent, whatever it is for', () => {
    for (const use of USES) {
      expect(redisOptions(parseRedisAddress(SENTINELS), use, null).socketTimeout).toBeGreaterThan(0);
      expect(clusterOptions(CLUSTER, use, null).redisOptions?.socketTimeout).toBeGreaterThan(0);
    }
  });

  test('is entered with user, password and database where there are any', () => {
    expect(redisOptions(parseRedisAddress('redis://u:pw@one:7000/3'), 'worker', null)).toMatchObject({
      host: 'one',
      port: 7000,
      username: 'u',
      password: 'pw',
      db: 3,
    });
    expect(redisOptions(parseRedisAddress('redis://one'), 'worker', null)).not.toHaveProperty('password');
    expect(clusterOptions(CLUSTER, 'worker', null).redisOptions).toMatchObject({ username: 'app', password: 'pw' });
  });
});

describe('a connection by sentinels', () => {
  test('asks them, under their own name and password, for the master', () => {
    const own = parseRedisAddress(`${SENTINELS}?sentinel-username=watch&sentinel-password=word`);
    expect(redisOptions(own, 'worker', null)).toMatchObject({
      sentinels: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26380 },
      ],
      name: 'main',
      db: 2,
      password: 'pw',
      sentinelUsername: 'watch',
      sentinelPassword: 'word',
    });
    expect(redisOptions(parseRedisAddress(SENTINELS), 'worker', null)).not.toHaveProperty('sentinelPassword');
  });

  test('looks for the new master, and asks again there, when its own writes no more', () => {
    const { reconnectOnError } = redisOptions(parseRedisAddress(SENTINELS), 'worker', null);
    expect(reconnectOnError?.(new Error("READONLY You can't write against a read only replica."))).toBe(2);
    expect(reconnectOnError?.(new Error('ERR syntax error'))).toBe(false);
  });
});

describe('a connection by TLS', () => {
  const tls = { ca: Buffer.from('ca') };

  test('takes it to servers, nodes and sentinels alike', () => {
    expect(redisOptions(parseRedisAddress('rediss://one'), 'worker', tls)).toMatchObject({ tls });
    expect(redisOptions(parseRedisAddress('rediss+sentinel://s1/main'), 'worker', tls)).toMatchObject({
      tls,
      sentinelTLS: tls,
      enableTLSForSentinelMode: true,
    });
    expect(clusterOptions(CLUSTER, 'worker', tls).redisOptions).toMatchObject({ tls });
  });

  test('keeps the names of a cluster’s nodes, which their certificates are for', () => {
    const found = new Promise(resolve => {
      clusterOptions(CLUSTER, 'worker', tls).dnsLookup?.('one.example.com', (_, host) => resolve(host));
    });
    return expect(found).resolves.toBe('one.example.com');
  });
});
