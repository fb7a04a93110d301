import { expect, test } from '@jest/globals';
import { formatPrice } from './price.ts';

test.each([
  [18, 'GBP', 'en-GB', '£18'],
  [12.5, 'GBP', 'en-GB', '£12.50'],
  [128, 'CNY', 'zh-CN', '¥128'],
  [2980, 'CNY', 'zh-CN', '¥2,980'],
  [1200, 'JPY', 'en-US', '¥1,200'],
  [7, 'XQZ', 'en', 'XQZ\u00a07'],
  [19.999, undefined, 'en', '20'],
  [18, 'GBP', 'en-aaaaaaaa-aaaaaaaa', '£18'],
])('%d %s is written in %s as %s', (price, currency, locale, text) => {
  expect(formatPrice(price, currency, locale, 'en')).toBe(text);
});
