import { expect, test } from '@jest/globals';
import { clientAddress } from './client-address.ts';

test('a client is told where the database is, and not the password', () => {
  expect(clientAddress('mysql://tea%20shop:secret@db.example:3307/role%66orge', 'mariadb-dump')).toEqual([
    '--protocol=tcp',
    '--host=db.example',
    '--port=3307',
    '--user=tea shop',
    'roleforge',
  ]);
  expect(clientAddress('mysql://a:b@db/roleforge', 'mysql')).toContain('--port=3306');
});

test('a number of the newer kind is named without its brackets', () => {
  expect(clientAddress('mysql://a:b@[::1]:3307/roleforge', 'mysql')).toContain('--host=::1');
});

test.each([
  ['mariadb', 'ssl-mode=REQUIRED', ['--ssl', '--skip-ssl-verify-server-cert']],
  [
    'mariadb-dump',
    'ssl-ca=/etc/ca.pem&ssl-mode=VERIFY_CA',
    ['--ssl-ca=/etc/ca.pem', '--ssl', '--ssl-verify-server-cert'],
  ],
  ['mariadb-dump', 'ssl-ca=/etc/ca.pem', ['--ssl-ca=/etc/ca.pem', '--ssl', '--ssl-verify-server-cert']],
  ['mariadb-dump', 'ssl-mode=verify_identity', ['--ssl', '--ssl-verify-server-cert']],
  ['mariadb-dump', 'ssl-mode=DISABLED', []],
  ['mysqldump', 'ssl-ca=/etc/ca.pem&ssl-mode=VERIFY_CA', ['--ssl-ca=/etc/ca.pem', '--ssl-mode=VERIFY_CA']],
  [
    'mysql',
    'ssl-cert=/etc/me.pem&ssl-key=/etc/me.key',
    ['--ssl-cert=/etc/me.pem', '--ssl-key=/etc/me.key', '--ssl-mode=VERIFY_IDENTITY'],
  ],
])('%s speaks TLS, and verifies, as the service does by the URL: %s', (program, query, options) => {
  expect(clientAddress(`mysql://a:b@db/roleforge?${query}`, program).slice(4, -1)).toEqual(options);
});
