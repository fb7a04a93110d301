import { describe, expect, test } from '@jest/globals';
import { isFromForeignPage, isFromOwnPage } from './same-origin.ts';

const HOST = 'board.example.com:8443';

describe('a request comes from our own page', () => {
  test.each([
    ['when the browser says so', { 'sec-fetch-site': 'same-origin' }, true],
    ['also with its Origin', { 'sec-fetch-site': 'same-origin', origin: `https://${HOST}` }, true],
    ['by its Origin, where the browser says nothing else', { origin: `http://${HOST}` }, true],
    [
      'not from another site, whatever its Origin',
      { 'sec-fetch-site': 'cross-site', origin: `https://${HOST}` },
      false,
    ],
    ['not from a sister of our host', { 'sec-fetch-site': 'same-site' }, false],
    ['not from an address bar', { 'sec-fetch-site': 'none' }, false],
    ['not from another Origin', { origin: 'https://evil.example.com' }, false],
    ['not from another port', { origin: 'https://board.example.com' }, false],
    ['not from an Origin that hides itself', { origin: 'null' }, false],
    ['not from one who says nothing', {}, false],
  ])('%s', (_, headers, expected) => {
    expect(isFromOwnPage(headers, HOST)).toBe(expected);
  });

  test('not where we do not know how we were addressed', () => {
    expect(isFromOwnPage({ origin: `https://${HOST}` }, undefined)).toBe(false);
  });
});

test('one who says nothing is no page at all', () => {
  expect(isFromForeignPage({}, HOST)).toBe(false);
  expect(isFromForeignPage({ origin: 'null' }, HOST)).toBe(true);
  expect(isFromForeignPage({ 'sec-fetch-site': 'cross-site' }, HOST)).toBe(true);
  expect(isFromForeignPage({ 'sec-fetch-site': 'same-origin' }, HOST)).toBe(false);
});
