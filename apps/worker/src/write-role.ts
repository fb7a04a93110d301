import { setTimeout as pause } from 'node:timers/promises';
import type { Strategy } from '@roleforge/contracts';
import {
  type AttemptLedger,
  CreationFailure,
  type Draft,
  decideGather,
  type Gathered,
  MOST_STARTS,
  type SourceDigests,
  type SourceReader,
  type SourceReads,
  StoreUnavailable,
  type StrategyReader,
  type TakenCreation,
  type Writer,
} from '@roleforge/domain';
import type { Announcer } from './announce.ts';
import { type AttemptInHand, withinAiTimeout } from './attempt-in-hand.ts';
import { gather } from './gather.ts';

export type WriteRoleNeeds = {
  ledger: AttemptLedger;
  strategies: StrategyReader;
  sources: SourceReader;
  writer: Writer;
  announce: Announcer;
  aiTimeoutMs: number;
};

/** Its owner has asked for the creation to wait, and between two steps it was made to. */
export class HeldByOwner extends Error {
  override readonly name = 'HeldByOwner';
}

/**
 * The main job: gather, write, save, each from where an earlier attempt left off. Returns the new version's number.
 * @throws CreationFailure, HeldByOwner, AttemptSuperseded, StoreUnavailable, or the reason of the attempt's signal
 */
export async function writeRole(needs: WriteRoleNeeds, attempt: AttemptInHand): Promise<number> {
  const { ledger } = needs;
  const { creation } = attempt;

  if (creation.attempts > MOST_STARTS)
    throw new CreationFailure('given_up', 'It was taken up too often without an end.');
  const gathered = creation.checkpoint.gathered ?? (await gatherSources(needs, attempt));
  await stepDone(ledger, attempt);
  const draft = creation.checkpoint.draft ?? (await writeDraft(needs, attempt, gathered));
  await stepDone(ledger, attempt);

  await needs.announce.progress(creation, 'saving', 'saving the role');
  const { tenantId, taskId, roleId } = creation;
  const { strategy, locale, digests } = gathered;
  return ledger.succeed(creation, { tenantId, taskId, roleId, locale, strategy, draft, digests });
}

/** Between two steps an attempt may be stopped without any work being lost. */
async function stepDone(ledger: AttemptLedger, attempt: AttemptInHand): Promise<void> {
  attempt.signal.throwIfAborted();
  if (await ledger.holdIfAsked(attempt.creation, attempt.end())) throw new HeldByOwner();
}

async function gatherSources(needs: WriteRoleNeeds, attempt: AttemptInHand): Promise<Gathered> {
  const { ledger, announce } = needs;
  const { creation } = attempt;
  await announce.progress(creation, 'gathering', 'reading base info, talk style, knowledge and products');
  const [strategy, reads] = await Promise.all([
    strategyOf(needs.strategies, creation),
    gather(needs.sources, creation),
  ]);
  const decision = decideGather(reads, strategy.sources);
  if (decision.kind === 'fail') {
    await ledger.gatheredInVain(creation, decision.outcomes);
    throw decision.failure;
  }
  const { sources, outcomes, degraded } = decision;
  const locale = strategy.locale ?? sources.baseInfo.locale;
  const gathered: Gathered = { sources, strategy, locale, digests: storedDigests(reads) };
  await ledger.gathered(creation, gathered, outcomes, degraded);
  attempt.step = 'writing';
  return gathered;
}

async function writeDraft(
  { ledger, writer, announce, aiTimeoutMs }: WriteRoleNeeds,
  attempt: AttemptInHand,
  { sources, strategy, locale }: Gathered,
): Promise<Draft> {
  const { tenantId, creationId } = attempt.creation;
  // One that comes back from waiting for a provider may have to wait again, and is said to run once it was let in.
  const { putOff } = attempt.creation;
  if (!putOff) await announce.progress(attempt.creation, 'writing', 'writing the role');
  const draft = await withinAiTimeout(attempt, aiTimeoutMs, signal =>
    writer.write({ sources, strategy, locale }, { tenantId, creationId, generation: 0, signal, onSection: () => {} }),
  );
  if (putOff) await announce.state(attempt.creation, 'role_creation.running', { status: 'running' });
  attempt.usage = draft.usage;
  await patiently(attempt, () => ledger.written(attempt.creation, draft));
  attempt.usage = undefined;
  attempt.step = 'saving';
  return draft;
}

const STORE_AGAIN_MS = 500;

/** What has been paid for is not given up because MySQL is away: the write is repeated for as long as the attempt may go on. */
async function patiently(attempt: AttemptInHand, write: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || attempt.stopCause() !== null) throw error;
      await pause(STORE_AGAIN_MS, undefined, { signal: attempt.signal });
    }
  }
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
