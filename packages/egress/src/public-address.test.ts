import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPublicAddress } from './public-address.ts';

describe('of the public internet', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:831::200e',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2a00:1450::5efe:8.8.8.8',
  ])('is %s', address => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    '',
    'localhost',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '8.8.8.8/32',
    '[2606:4700:4700::1111]',
    '2606:4700:4700::1111%eth0',
    '2002:808:808::1',
    '2001:0:808:808::1',
    '64:ff9b:1::808:808',
    '::8.8.8.8',
  ])('is not %j', address => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

const octet = fc.integer({ min: 0, max: 255 });
const v4 = fc.tuple(octet, octet, octet, octet);
const groups = ([a, b, c, d]: [number, number, number, number]) =>
  `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;

test('an address is judged alike as it is, mapped and through NAT64; through 6to4 and Teredo never public', () => {
  fc.assert(
    fc.property(v4, address => {
      const plain = isPublicAddress(address.join('.'));
      for (const within of [`::ffff:${groups(address)}`, `::ffff:${address.join('.')}`, `64:ff9b::${groups(address)}`])
        expect([within, isPublicAddress(within)]).toEqual([within, plain]);
      expect(isPublicAddress(`2002:${groups(address)}::1`)).toBe(false);
      expect(isPublicAddress(`2001:0:${groups(address)}::1`)).toBe(false);
    }),
  );
});

test('of the private networks nothing is public, of IPv6 nothing outside 2000::/3', () => {
  fc.assert(
    fc.property(v4, ([a, b, c, d]) => {
      for (const network of [
        [10, b],
        [127, b],
        [0, b],
        [169, 254],
        [192, 168],
        [172, 16 + (b % 16)],
        [100, 64 + (b % 64)],
      ])
        expect(isPublicAddress([...network, c, d].join('.'))).toBe(false);
      const head = (a << 8) | b;
      if (head >> 13 !== 1 && head !== 0x64) expect(isPublicAddress(`${head.toString(16)}:1:2:3:4:5:6:7`)).toBe(false);
    }),
  );
});
