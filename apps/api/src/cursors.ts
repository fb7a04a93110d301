import type { z } from 'zod';
import { RequestProblem } from './http/problem.ts';

/** An opaque cursor for a position in a list. */
export function toCursor(position: string | number): string {
  return Buffer.from(String(position)).toString('base64url');
}

/**
 * The position that a cursor stands for, null where none was given.
 * @param pointer where in the request it stands
 * @throws RequestProblem for one that we did not make
 */
export function fromCursor<S extends z.ZodType>(
  cursor: string | undefined,
  position: S,
  pointer = '/query/cursor',
): z.output<S> | null {
  if (cursor === undefined) return null;
  const parsed = position.safeParse(Buffer.from(cursor, 'base64url').toString());
  if (parsed.success) return parsed.data;
  const code = pointer.startsWith('/query/') ? 'invalid_request' : 'invalid_body';
  throw new RequestProblem(code, 'This is not a cursor of this list.', {
    errors: [{ pointer, message: 'take it from nextCursor' }],
  });
}
