import type { UsageDay, UsageQuery, UsageReport } from '@roleforge/contracts';
import { type ReadList, readUsage } from '@roleforge/db';
import { RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type UsageNeeds = { readList: ReadList; clock: () => Date };

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;
const MOST_DAYS = 366;

/** What a tenant's calls of models came to. */
export function usageHandlers({ readList, clock }: UsageNeeds) {
  return {
    async read(
      { query }: Pick<Input<unknown, UsageQuery, unknown>, 'query'>,
      { tenantId }: Pick<Caller, 'tenantId'>,
    ): Promise<Reply> {
      const period = periodOf(query, clock());
      const days = await readList(from => readUsage(from, tenantId, period));
      const body: UsageReport = { ...period, total: totalOf(days), days };
      return { status: 200, body };
    },
  };
}

/** @throws RequestProblem for a period that is none, or too long */
function periodOf({ from, to }: UsageQuery, now: Date): { from: string; to: string } {
  const last = to ?? dayOf(now.getTime());
  const first = from ?? dayOf(Date.parse(last) - (USUAL_DAYS - 1) * DAY_MS);
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  if (days < 1) throw badPeriod('must not be after the last day');
  if (days > MOST_DAYS) throw badPeriod(`must be at most ${MOST_DAYS} days back from the last day, which counts`);
  return { from: first, to: last };
}

function badPeriod(message: string): RequestProblem {
  return new RequestProblem('invalid_request', `The period: its first day ${message}.`, {
    errors: [{ pointer: '/query/from', message }],
  });
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function totalOf(days: readonly UsageDay[]): UsageReport['total'] {
  const total = { calls: 0, failedCalls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
  for (const name of Object.keys(total) as (keyof typeof total)[])
    total[name] = days.reduce((sum, day) => sum + day[name], 0);
  // The amounts have six places each, and their sum is to have no more.
  return { ...total, costUsd: Number(total.costUsd.toFixed(6)) };
}
