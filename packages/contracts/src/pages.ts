import { z } from 'zod';

/** The opaque position of the next page; absent on the last. */
export const Cursor = z.string().min(1).max(200).describe('As given in `nextCursor`');

export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: Cursor.optional(),
});

/** A page of a list in a stable order. */
export const pageOf = <T extends z.ZodType>(item: T, id: string) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() }).meta({ id });

export type Page<T> = { items: T[]; nextCursor: string | null };
