import type { Strategy } from '@roleforge/contracts';
import {
  type AttemptLedger,
  CreationFailure,
  decideGather,
  type FinishedRole,
  MOST_STARTS,
  type SourceDigests,
  type SourceReader,
  type SourceReads,
  type StrategyReader,
  type TakenCreation,
  type Writer,
} from '@roleforge/domain';
import type { Announcer } from './announce.ts';
import { type AttemptLimits, withinAiTimeout } from './attempt-limits.ts';
import { gather } from './gather.ts';

export type WriteRoleNeeds = {
  ledger: AttemptLedger;
  strategies: StrategyReader;
  sources: SourceReader;
  writer: Writer;
  announce: Announcer;
  aiTimeoutMs: number;
};

/**
 * The main job: gather, write, save. Returns the new version's number.
 * @throws CreationFailure, AttemptSuperseded, StoreUnavailable, or the limits' reason once they are reached
 */
export async function writeRole(
  needs: WriteRoleNeeds,
  creation: TakenCreation,
  limits: AttemptLimits,
): Promise<number> {
  const { ledger, writer, announce, aiTimeoutMs } = needs;

  if (creation.attempts > MOST_STARTS)
    throw new CreationFailure('given_up', 'It was taken up too often without an end.');
  await announce.progress(creation, 'gathering', 'reading base info, talk style, knowledge and products');
  const [strategy, reads] = await Promise.all([
    strategyOf(needs.strategies, creation),
    gather(needs.sources, creation),
  ]);
  const gathered = decideGather(reads, strategy.sources);
  if (gathered.kind === 'fail') {
    await ledger.gathered(creation, 'gathering', gathered.outcomes, []);
    throw gathered.failure;
  }

  const { sources, outcomes, degraded } = gathered;
  await ledger.gathered(creation, 'writing', outcomes, degraded);
  await announce.progress(creation, 'writing', `writing ${sources.baseInfo.name}`);
  limits.signal.throwIfAborted();
  const locale = strategy.locale ?? sources.baseInfo.locale;
  const draft = await withinAiTimeout(limits, aiTimeoutMs, signal =>
    writer.write({ sources, strategy, locale }, signal),
  );

  await ledger.reach(creation, 'saving');
  await announce.progress(creation, 'saving', 'saving the role');
  limits.signal.throwIfAborted();
  const { tenantId, taskId, roleId } = creation;
  const role: FinishedRole = { tenantId, taskId, roleId, locale, strategy, draft, digests: storedDigests(reads) };
  return ledger.succeed(creation, role);
}

async function strategyOf(strategies: StrategyReader, { tenantId, strategyId }: TakenCreation): Promise<Strategy> {
  const strategy = await strategies.latestStrategy(tenantId, strategyId);
  if (strategy === null) throw new CreationFailure('strategy_missing', `There is no strategy ${strategyId} any more.`);
  return strategy;
}

function storedDigests(reads: SourceReads): SourceDigests {
  const loaded = Object.entries(reads).flatMap(([kind, read]) =>
    read.state === 'loaded' ? [[kind, read.digest]] : [],
  );
  return Object.fromEntries(loaded);
}
