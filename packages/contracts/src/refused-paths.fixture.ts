import type { z } from 'zod';

/** JSON pointers to all that `schema` finds wrong with a value, an unknown field by its own name; none where it is right. */
export function pathsRefused(schema: z.ZodType, value: unknown): string[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.flatMap(issue =>
    (issue.code === 'unrecognized_keys' ? issue.keys.map(key => [...issue.path, key]) : [issue.path]).map(
      path => `/${path.join('/')}`,
    ),
  );
}
