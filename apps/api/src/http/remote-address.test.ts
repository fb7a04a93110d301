import { describe, expect, test } from '@jest/globals';
import { networkOf, remoteAddressOf } from './remote-address.ts';

describe('the address that a request came from', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:192.0.2.9', '192.0.2.9'],
    ['2001:DB8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['what a proxy made up', null],
    ['é'.repeat(80), null],
    ['', null],
    [undefined, null],
  ])('%s is noted as %s', (ip, expected) => {
    expect(remoteAddressOf({ ip })).toBe(expected);
  });

  test.each([
    ['192.0.2.9', '192.0.2.9'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:0db8:0000:0000:ffff:1:2:3', '2001:db8:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['::1', '0:0:0:0'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
  ])('%s is at home in %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
