import { describe, expect, test } from '@jest/globals';
import { parseRedisAddress } from './redis-address.ts';
import { AddressInvalid } from './server-address.ts';

const NOBODY = { username: null, password: null };

describe('the address of Redis', () => {
  test('names one server', () => {
    expect(parseRedisAddress('redis://localhost')).toEqual({
      topology: { kind: 'single' },
      endpoints: [{ host: 'localhost', port: 6379 }],
      login: NOBODY,
      db: 0,
      tls: null,
    });
    expect(parseRedisAddress('redis://app:p%40ss:word@[::1]:6380/3')).toMatchObject({
      endpoints: [{ host: '::1', port: 6380 }],
      login: { username: 'app', password: 'p@ss:word' },
      db: 3,
    });
    expect(parseRedisAddress('redis://:pw@cache:6379/')).toMatchObject({ login: { username: null, password: 'pw' } });
  });

  test('names nodes of a cluster', () => {
    expect(parseRedisAddress('redis+cluster://:pw@one:7001,two,10.0.0.3:7003/0')).toMatchObject({
      topology: { kind: 'cluster' },
      endpoints: [
        { host: 'one', port: 7001 },
        { host: 'two', port: 6379 },
        { host: '10.0.0.3', port: 7003 },
      ],
      login: { password: 'pw' },
      db: 0,
    });
  });

  test('names sentinels, their master, and what either asks for', () => {
    expect(
      parseRedisAddress('redis+sentinel://u:pw@s1,s2:26380/the%20master/2?sentinel-username=s&sentinel-password=a%26b'),
    ).toEqual({
      topology: { kind: 'sentinel', master: 'the master', login: { username: 's', password: 'a&b' } },
      endpoints: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26380 },
      ],
      login: { username: 'u', password: 'pw' },
      db: 2,
      tls: null,
    });
    expect(parseRedisAddress('redis+sentinel://s1/main').topology).toMatchObject({ login: NOBODY });
  });

  test('asks for TLS, with files of one’s own', () => {
    expect(parseRedisAddress('rediss://cache').tls).toEqual({ ca: null, cert: null, key: null });
    const files = 'ssl-ca=/etc/ca.pem&ssl-cert=/etc/c.pem&ssl-key=/etc/k.pem';
    for (const address of ['rediss://cache', 'rediss+cluster://a,b', 'rediss+sentinel://a,b/main'])
      expect(parseRedisAddress(`${address}?${files}`).tls).toEqual({
        ca: '/etc/ca.pem',
        cert: '/etc/c.pem',
        key: '/etc/k.pem',
      });
  });

  test.each([
    ['http://secret@cache', /must be redis:\/\/host:port/],
    ['redis://', /must be redis:\/\/host:port/],
    ['redis://:secret@cache#secret', /must be redis:\/\/host:port/],
    ['redis://one,two', /several servers/],
    ['redis://cache:port', /host:port/],
    ['redis://cache:0', /host:port/],
    ['redis+cluster://one,', /host:port/],
    ['redis+cluster://one/1', /none but 0/],
    ['redis+sentinel://one', /must name the master/],
    ['redis+sentinel://one/main/first', /by its number/],
    ['redis://cache/1/2', /goes on after/],
    ['redis://:secret%ZZ@cache', /percent sign/],
    ['redis://:secret@cache?secret=1', /there are none/],
    ['redis://:secret@cache?ssl-ca=/etc/ca.pem', /there are none/],
    ['rediss://:secret@cache?secret=1', /an option other than ssl-ca, ssl-cert, ssl-key$/],
    ['rediss://cache?ssl-cert=/etc/c.pem', /both of ssl-cert and ssl-key/],
    ['rediss://cache?ssl-ca=', /without a value/],
    ['rediss://cache?ssl-ca=a&ssl-ca=b', /twice/],
  ])('%s is refused with a reason that shows no secret', (address, reason) => {
    const parse = () => parseRedisAddress(address);
    expect(parse).toThrow(AddressInvalid);
    expect(parse).toThrow(reason);
    expect(parse).not.toThrow(/secret|\n/);
  });
});
