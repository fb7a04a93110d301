import { expect, test } from '@jest/globals';
import { readConfig } from './read-config.ts';
import { secretsOf } from './secrets-of.ts';

const configOf = (env: Record<string, string>) => readConfig({ env, envFile: '/dev/null' });

test('all secrets of a configuration are told, passwords as they are sent', () => {
  const config = configOf({
    ADMIN_API_KEY: 'a'.repeat(16),
    METRICS_API_KEY: 'm'.repeat(16),
    BOOTSTRAP_TENANT_KEY: 'b'.repeat(16),
    API_KEY_PEPPER: `${'n'.repeat(16)},${'o'.repeat(16)}`,
    AI_BASE_URL: 'https://ai.example.com',
    AI_MODEL: 'm',
    AI_API_KEY: 'sk-of-the-house',
    DATABASE_URL: 'mysql://root:p%40ssword@db/roleforge',
    REDIS_URL: 'redis://:hunter2@cache',
  });
  expect(secretsOf(config).sort()).toEqual(
    [
      'a'.repeat(16),
      'm'.repeat(16),
      'b'.repeat(16),
      'n'.repeat(16),
      'o'.repeat(16),
      'sk-of-the-house',
      'p@ssword',
      'hunter2',
    ].sort(),
  );
});

test('passwords of sentinels and of the replica are among them', () => {
  const config = configOf({
    DATABASE_URL: 'mysql://root@db/roleforge',
    DATABASE_READ_URL: 'mysql://reader:of-the-replica@replica/roleforge',
    REDIS_URL: 'redis+sentinel://:of-redis@s1,s2/main?sentinel-password=of%20sentinels',
  });
  expect(secretsOf(config).sort()).toEqual(['of sentinels', 'of-redis', 'of-the-replica']);
});

test('where nothing is configured there are none', () => {
  expect(secretsOf(configOf({}))).toEqual([]);
});
