import { describe, expect, test } from '@jest/globals';
import { BYPASS_CASES } from './bypass-cases.fixture.ts';
import { refusalOf } from './refusal.ts';

describe('towards the public internet', () => {
  test.each([
    'https://hooks.example.com/roleforge?tenant=1#part',
    'https://hooks.example.com:443/',
    'https://hooks.example.com:8443/a/b',
    'https://HOOKS.example.com',
    'https://bücher.example/hook',
    'https://localhost.example.com/',
    'https://internal.example.com/',
    'https://1.1.1.1/',
    'https://[2606:4700:4700::1111]/',
    'https://hooks.example.com/@me',
    'https://hooks.example.com/a?to=x@example.com',
  ])('%s may be sent to', url => {
    expect(refusalOf(url, 'public')).toBeNull();
  });

  test.each([
    ['nothing that parses', 'This is not a URL.'],
    ['http://hooks.example.com/', 'The URL must begin with https://.'],
    ['https://a:b@hooks.example.com/', 'The URL must not hold a user name or a password.'],
    ['https://hooks.example.com:444/', 'The port must be 443 or 8443.'],
    ['https://2130706433/', 'The host is an address that is not of the public internet.'],
    ['https://localhost/', 'The host’s name is one of a local network, not of the public internet.'],
    ['https://hooks.example.com./', 'The host’s name must be written without a dot at its end.'],
    [`https://hooks.example.com/${'a'.repeat(2_048)}`, 'The URL is longer than 2048 characters.'],
  ])('%.40s is refused with a sentence', (url, sentence) => {
    expect(refusalOf(url.replaceAll(' ', '-'), 'public')).toBe(sentence);
  });

  test('no sentence repeats what was written', () => {
    for (const { url } of BYPASS_CASES) {
      const sentence = refusalOf(url, 'public');
      if (sentence !== null) expect(sentence).not.toMatch(/secret|admin|passwd|FLUSHALL|\d+\.\d+/);
    }
  });
});

describe('where somebody develops', () => {
  test.each(['http://localhost:3001/hook', 'http://127.0.0.1:8080/', 'https://[::1]:9000/', 'http://receiver/'])(
    '%s may be sent to',
    url => {
      expect(refusalOf(url, 'any')).toBeNull();
    },
  );

  test.each(['ftp://localhost/', 'file:///etc/passwd', 'http://a:b@localhost/', 'http://local\nhost/', 'nonsense'])(
    '%j may not all the same',
    url => {
      expect(refusalOf(url, 'any')).toEqual(expect.any(String));
    },
  );
});
