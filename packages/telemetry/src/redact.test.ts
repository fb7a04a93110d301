import { describe, expect, test } from '@jest/globals';
import { capturedLog } from './captured-log.fixture.ts';
import { redact } from './redact.ts';

const CASES = [
  ['a tenant’s key', 'key rf_live_aB3-_x9 used', 'key rf_live_*** used'],
  ['an operator’s key', 'rf_admin_aB3x9', 'rf_admin_***'],
  ['a bearer token', 'Authorization: Bearer abc.DEF-123_~+/==', 'Authorization: Bearer ***'],
  ['a bearer token in small letters', 'authorization: bearer abc', 'authorization: bearer ***'],
  ['a provider’s key', 'Incorrect API key provided: sk-proj-aB3x9aB3x9.', 'Incorrect API key provided: sk-***.'],
  ['a password in an address', 'mysql://root:hunter2@db:3306/x', 'mysql://root:***@db:3306/x'],
  ['a password without a name', 'redis://:hunter2@cache:6379', 'redis://:***@cache:6379'],
  ['a password with an @ in it', 'redis://u:hun@ter2@cache:6379', 'redis://u:***@cache:6379'],
  ['a webhook’s secret', 'signed with whsec_aB3+x/9aB3==', 'signed with whsec_***'],
  ['an identity provider’s token', 'token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1YzMifQ.aB3-_x9', 'token eyJ***'],
  ['an unsigned token', 'token eyJhbGciOiJub25lIn0.eyJzdWIiOiJhQjMifQ.', 'token eyJ***'],
  ['an encrypted token', 'token eyJhbGciOiJkaXIiLCJ9.aB3.aB3x.aB3y.aB3z', 'token eyJ***'],
  ['a key behind an escaped blank', 'GET /v1/roles/%20rf_live_aB3x9', 'GET /v1/roles/%20rf_live_***'],
  ['a key within a word', 'x_rf_live_aB3x9', 'x_rf_live_***'],
  ['a key with an escape in it', 'rf_live_%61aB3x9', 'rf_live_***'],
  ['a webhook’s secret behind an escaped quote', '/%22whsec_aB3x9', '/%22whsec_***'],
  ['a provider’s key behind an escaped slash', '/a%2Fsk-aB3x9aB3x9', '/a%2Fsk-***'],
  ['a bearer token in a path', '/%22Bearer%20aB3x9', '/%22Bearer%20***'],
  ['a token behind an escaped quote', '/%22eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1YzMifQ.aB3', '/%22eyJ***'],
  ['several in one text', 'rf_live_a1 and sk-abcdefgh1 and http://u:p@h', 'rf_live_*** and sk-*** and http://u:***@h'],
] as const;

describe('redaction', () => {
  test.each(CASES)('blots out %s', (_, text, blotted) => {
    expect(redact(text)).toBe(blotted);
  });

  test.each([
    'task-12345678 and risk-assessment',
    'whsec and eyJ, eyJhbGciOiJ9 alone, and jockeyJones.example.com.au',
    'http://localhost:3000/v1/roles',
    'mail to user@example.com at 12:30',
    '茶小满',
  ])('leaves %j as it is', text => {
    expect(redact(text)).toBe(text);
  });
});

describe.each(['json', 'pretty'] as const)('in a %s log', format => {
  test.each(CASES)('%s shows nowhere: message, field, nested field, error, cause', (_, text, blotted) => {
    const { log, text: written } = capturedLog({ format });
    const around = [text, `"${text}"`, `first line\n${text}\n\t${text}`];
    for (const each of around) {
      log.info(each);
      log.info('field', { field: each, nested: { list: [each] } });
      log.error('error', { error: new Error(each, { cause: new Error(each) }) });
    }
    for (const secret of ['aB3', 'eyJh', 'eyJz', 'abc', 'hun', 'ter2', 'a1 ', 'u:p@'])
      expect(written()).not.toContain(secret);
    expect(written()).toContain(blotted.slice(0, blotted.indexOf('***') + 3));
  });
});

describe.each(['json', 'pretty'] as const)('secrets that are known by themselves, in a %s log', format => {
  const SECRETS = ['pepper-of-the-year', 'quo"ted\\pepper', 'pass/word'];
  test.each([...SECRETS, ...SECRETS.map(encodeURIComponent)])('%s shows nowhere', secret => {
    const { log, text } = capturedLog({ format, secrets: SECRETS });
    for (const each of [secret, `/v1/x${secret}y`]) {
      log.info(each);
      log.info('field', { path: each, nested: { list: [each] } });
      log.error('error', { error: new Error(each, { cause: new Error(each) }) });
    }
    const shown = JSON.stringify(secret).slice(1, -1);
    for (const form of [secret, shown]) expect(text()).not.toContain(form);
    expect(text()).toContain('/v1/x***y');
  });
});

test('a known secret of a few characters blots nothing out', () => {
  const { log, lines } = capturedLog({ secrets: ['a', 'secret'] });
  log.info('a secret agent');
  expect(lines()).toMatchObject([{ message: 'a secret agent' }]);
});

test('a line for machines stays JSON where a secret stands before a quotation mark', () => {
  const { log, lines } = capturedLog();
  log.warn('refused: "Authorization: Bearer abc"', { header: '"Bearer abc"' });
  expect(lines()).toMatchObject([{ message: 'refused: "Authorization: Bearer ***"', header: '"Bearer ***"' }]);
});
