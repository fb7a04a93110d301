import type { ModelCall, ModelCallStore } from '@roleforge/domain';

/** A store of calls that lasts as long as the process: what was noted down, in order, is in `noted`. */
export function keptCalls(): ModelCallStore & { noted: ModelCall[] } {
  const noted: ModelCall[] = [];
  const of = (tenantId: string, creationId: string) =>
    noted.filter(call => call.tenantId === tenantId && call.creationId === creationId);
  return {
    noted,
    async findAnswer({ tenantId, creationId, requestHash }) {
      const found = of(tenantId, creationId).findLast(call => call.requestHash === requestHash && call.answer !== null);
      return found === undefined ? null : { answer: found.answer ?? '', finishReason: found.finishReason };
    },
    costSoFar: async (tenantId, creationId) => of(tenantId, creationId).reduce((sum, { costUsd }) => sum + costUsd, 0),
    async record(call) {
      if (!noted.some(({ id }) => id === call.id)) noted.push(call);
    },
  };
}
