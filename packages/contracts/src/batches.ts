import { z } from 'zod';
import { Creation } from './creations.ts';
import { Problem } from './problems.ts';

export const MOST_BATCH_ITEMS = 1_000;

/**
 * The body of `POST /v1/role-creations/batch`. Only the batch itself is parsed here: each item is parsed on its own by
 * SubmitCreation, so that a bad one fails alone.
 */
export const SubmitBatch = z
  .strictObject({
    items: z
      .array(z.unknown().meta({ override: { $ref: '#/components/schemas/SubmitCreation' } }))
      .min(1)
      .max(MOST_BATCH_ITEMS),
  })
  .meta({ id: 'SubmitBatch', example: { items: [{ taskId: 'tea-shop' }, { taskId: 'tea-shop', priority: 'low' }] } });
export type SubmitBatch = z.infer<typeof SubmitBatch>;

const index = z.int().describe('Of the item in the request, from 0');

/** What became of one item: as if it had been sent alone. */
export const BatchItemResult = z
  .discriminatedUnion('status', [
    z.object({ index, status: z.literal(202), creation: Creation }),
    z.object({
      index,
      status: z.literal([400, 413, 422, 429]),
      problem: Problem.describe('Its pointers begin at the whole body: `/items/3/taskId`'),
    }),
  ])
  .meta({ id: 'BatchItemResult' });
export type BatchItemResult = z.infer<typeof BatchItemResult>;

/** The answer to a batch: a result for each item, in the order of the items. */
export const BatchResult = z
  .object({ items: z.array(BatchItemResult), accepted: z.int(), refused: z.int() })
  .meta({ id: 'BatchResult' });
export type BatchResult = z.infer<typeof BatchResult>;
