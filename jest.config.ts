import type { Config } from 'jest';

/**
 * Tests stand beside what they test; whole journeys stand in tests/. They run the sources as Node does: types stripped, nothing compiled.
 * Those in tests/operations need more programs than the servers and have a command of their own, `npm run test:operations`.
 */
const config: Config = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: { '\\.ts$': '<rootDir>/packages/testkit/src/jest/strip-types.ts' },
  globalSetup: '<rootDir>/packages/testkit/src/jest/start-servers.ts',
  globalTeardown: '<rootDir>/packages/testkit/src/jest/stop-servers.ts',
  testMatch: ['<rootDir>/{apps,packages,tests,bench}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/tests/operations/'],
  modulePathIgnorePatterns: ['<rootDir>/.data'],
  maxWorkers: 2,
  testTimeout: 60_000,
  restoreMocks: true,
};

export default config;
