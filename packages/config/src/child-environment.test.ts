import { expect, test } from '@jest/globals';
import { childEnvironment } from './child-environment.ts';

test('a child has its parent’s environment with the settings given, and the parent’s own stays as it was', () => {
  const before = { ...process.env };
  const { PORT, ...rest } = childEnvironment({ PORT: '1234' });
  const { PORT: _, ...parents } = before;
  expect(PORT).toBe('1234');
  expect(rest).toMatchObject(parents);
  expect({ ...process.env }).toEqual(before);
});
