import { describe, expect, test } from '@jest/globals';
import { parseMysqlAddress } from './mysql-address.ts';
import { AddressInvalid } from './server-address.ts';

describe('the address of MySQL', () => {
  test('names server, user and database', () => {
    expect(parseMysqlAddress('mysql://root:p%40ss@db/role%20forge')).toEqual({
      host: 'db',
      port: 3306,
      user: 'root',
      password: 'p@ss',
      database: 'role forge',
      tls: null,
    });
    expect(parseMysqlAddress('mysql://app@[::1]:3307/x')).toMatchObject({ host: '::1', port: 3307, password: '' });
  });

  test.each([
    ['ssl-mode=DISABLED', null],
    ['ssl-mode=required', 'nothing'],
    ['ssl-mode=VERIFY_CA&ssl-ca=/ca.pem', 'ca'],
    ['ssl-mode=VERIFY_IDENTITY', 'identity'],
    ['ssl-ca=/ca.pem', 'identity'],
    ['ssl-cert=/c.pem&ssl-key=/k.pem', 'identity'],
  ])('with %s asks for TLS that verifies %s', (options, verify) => {
    expect(parseMysqlAddress(`mysql://db/x?${options}`).tls?.verify ?? null).toBe(verify);
  });

  test('may be a number where no name is verified', () => {
    expect(parseMysqlAddress('mysql://10.0.0.1/x?ssl-mode=VERIFY_CA').tls?.verify).toBe('ca');
  });

  test('names files for TLS', () => {
    const { tls } = parseMysqlAddress('mysql://db/x?ssl-ca=/ca.pem&ssl-cert=/c.pem&ssl-key=/k.pem');
    expect(tls).toEqual({ ca: '/ca.pem', cert: '/c.pem', key: '/k.pem', verify: 'identity' });
  });

  test.each([
    ['postgres://u:secret@db/x', /must be mysql:\/\//],
    ['mysql:///x', /must be mysql:\/\//],
    ['mysql://u:secret@db', /must be mysql:.*\/database$/],
    ['mysql://u:secret@db/?ssl-mode=REQUIRED', /must be mysql:.*\/database$/],
    ['mysql://u:secret%ZZ@db/x', /percent sign/],
    ['mysql://u:secret@db/x?ssl=true', /an option other than ssl-mode, ssl-ca, ssl-cert, ssl-key$/],
    ['mysql://db/x?ssl-mode=PREFERRED', /one of DISABLED, REQUIRED/],
    ['mysql://db/x?ssl-mode=DISABLED&ssl-ca=/ca.pem', /together with ssl-mode=DISABLED/],
    ['mysql://db/x?ssl-mode=REQUIRED&ssl-ca=/ca.pem', /does not look at/],
    ['mysql://10.0.0.1/x?ssl-ca=/ca.pem', /has a number for its host/],
    ['mysql://[::1]/x?ssl-mode=VERIFY_IDENTITY', /has a number for its host/],
    ['mysql://db/x?ssl-key=/k.pem', /both of ssl-cert and ssl-key/],
  ])('%s is refused with a reason that shows no secret', (address, reason) => {
    const parse = () => parseMysqlAddress(address);
    expect(parse).toThrow(AddressInvalid);
    expect(parse).toThrow(reason);
    expect(parse).not.toThrow(/secret|\n/);
  });
});
