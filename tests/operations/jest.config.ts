import type { Config } from 'jest';
import everyTest from '../../jest.config.ts';

/** What an operator meets: real Prometheus, browsers, clusters and backups. One file at a time, since most of them start several servers. */
const config: Config = {
  ...everyTest,
  rootDir: '../..',
  testMatch: ['<rootDir>/tests/operations/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  testTimeout: 120_000,
};

export default config;
