import type { z } from 'zod';
import { RequestProblem } from './http/problem.ts';

/** An opaque cursor for a position in a list. */
export function toCursor(position: string | number): string {
  return Buffer.from(String(position)).toString('base64url');
}

/** The position that a cursor stands for, null where none was given. @throws RequestProblem for one that we did not make */
export function fromCursor<S extends z.ZodType>(cursor: string | undefined, position: S): z.output<S> | null {
  if (cursor === undefined) return null;
  const parsed = position.safeParse(Buffer.from(cursor, 'base64url').toString());
  if (parsed.success) return parsed.data;
  throw new RequestProblem('invalid_request', 'This is not a cursor of this list.', {
    errors: [{ pointer: '/query/cursor', message: 'take it from nextCursor' }],
  });
}
