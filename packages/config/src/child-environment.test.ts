import { expect, test } from '@jest/globals';
import { childEnvironment } from './child-environment.ts';

test('a child has its parent’s environment with the settings given, and the parent’s own stays as it was', () => {
  const before = { ...process.env };
  const { PORT, NODE_COMPILE_CACHE, ...rest } = childEnvironment({ PORT: '1234' });
  const { PORT: _, NODE_COMPILE_CACHE: given, ...parents } = before;
  expect(PORT).toBe('1234');
  expect(NODE_COMPILE_CACHE).toEqual(given ?? expect.stringContaining('node_modules'));
  expect(rest).toEqual(parents);
  expect({ ...process.env }).toEqual(before);
});
