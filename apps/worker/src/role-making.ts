import type { Config } from '@roleforge/config';
import { createModelCallStore, createStrategyStore, findRole } from '@roleforge/db';
import { countTokens } from '@roleforge/prompts';
import type { Logger } from '@roleforge/telemetry';
import { createProviderGate, createWriter } from '@roleforge/writer';
import type { Connections } from './connections.ts';
import type { createRoleHandler } from './create-role.ts';
import { rememberCounts } from './remember-counts.ts';
import { createStepLog } from './step-log.ts';
import { traceModelCalls } from './trace-model-calls.ts';
import { createTurns } from './turns.ts';
import { createModelCallObserver, type WorkerMetrics } from './worker-metrics.ts';

/** All that is needed to make a role of a job. */
export type RoleMaking = Parameters<typeof createRoleHandler>[0];

type Given = Pick<RoleMaking, 'ledger' | 'sources' | 'announce' | 'orders' | 'observer' | 'tracing' | 'clock'> & {
  config: Pick<Config, 'queuePrefix' | 'ai' | 'aiTimeoutMs'>;
  connections: Pick<Connections, 'database' | 'telling'>;
  metrics: WorkerMetrics;
  log: Logger;
};

/** So many creations save their roles at a time: each asks MySQL a dozen things, one after the other. */
const ENDING_AT_ONCE = 8;

/** Puts it together. Nothing of it is open by itself: it works on what was opened before. */
export function createRoleMaking({ config, connections, metrics, ...given }: Given): RoleMaking {
  const { queuePrefix, ai, aiTimeoutMs } = config;
  const { database, telling } = connections;
  const { tracing, log, clock } = given;
  const gate = createProviderGate({
    redis: telling,
    prefix: queuePrefix,
    catalog: ai ?? { providers: [], models: [] },
    clock,
    random: Math.random,
    onTrouble: error => log.warn('the limits of AI providers are not kept: Redis does not answer', { error }),
  });
  return {
    ...given,
    strategies: createStrategyStore(database, clock),
    roles: { readVersion: (tenantId, roleId, version) => findRole(database, tenantId, roleId, version) },
    countTokens: rememberCounts(countTokens),
    writer: createWriter({
      ai,
      calls: createModelCallStore(database),
      gate,
      callTimeoutMs: aiTimeoutMs,
      onCall: createModelCallObserver(metrics),
      around: traceModelCalls(tracing),
      clock,
    }),
    steps: createStepLog(log),
    turns: createTurns(ENDING_AT_ONCE),
    random: Math.random,
  };
}
