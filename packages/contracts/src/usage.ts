import { z } from 'zod';

const Day = z.iso.date();

/** Which days a usage report is of, in UTC; the last 30 where nothing is said. */
export const UsageQuery = z.strictObject({
  from: Day.optional().describe('The first day, in UTC; 29 days before the last one where absent'),
  to: Day.optional().describe('The last day, in UTC; today where absent'),
});
export type UsageQuery = z.output<typeof UsageQuery>;

const amounts = {
  calls: z.int(),
  failedCalls: z.int().describe('Those that brought no answer that could be read; some were billed all the same'),
  inputTokens: z.int().describe('Estimated where a provider did not tell them'),
  outputTokens: z.int(),
  costUsd: z.number().describe('0 for models without a price'),
};

/** What one model's calls came to on one day. */
export const UsageDay = z
  .object({ day: Day, provider: z.string(), model: z.string(), ...amounts })
  .meta({ id: 'UsageDay' });
export type UsageDay = z.infer<typeof UsageDay>;

/** What a tenant's calls of models came to; a creation that was erased is still counted. */
export const UsageReport = z
  .object({
    from: Day,
    to: Day,
    total: z.object(amounts),
    days: z.array(UsageDay).describe('Days without a call are left out'),
  })
  .meta({ id: 'UsageReport' });
export type UsageReport = z.infer<typeof UsageReport>;
