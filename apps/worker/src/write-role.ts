import { setTimeout as pause } from 'node:timers/promises';
import { type ProfilePart, SOURCE_KINDS, type SourceOutcomes, type Strategy } from '@roleforge/contracts';
import {
  type AttemptLedger,
  type CountTokens,
  CreationFailure,
  type Draft,
  decideGather,
  fitToBudgets,
  type Gathered,
  MOST_STARTS,
  mergeRevision,
  type RoleReader,
  type RoleVersionRecord,
  type SourceCopyReader,
  type SourceDigests,
  type SourceReads,
  StoreUnavailable,
  type StrategyReader,
  type TakenCreation,
  type Writer,
  withFits,
} from '@roleforge/domain';
import type { Announcer } from './announce.ts';
import type { AttemptInHand } from './attempt-in-hand.ts';
import { gather } from './gather.ts';
import type { TimedStep, WorkerObserver } from './observer.ts';

export type WriteRoleNeeds = {
  ledger: AttemptLedger;
  strategies: StrategyReader;
  roles: RoleReader;
  sources: SourceCopyReader;
  countTokens: CountTokens;
  writer: Writer;
  announce: Announcer;
  observer: Pick<WorkerObserver, 'stepDone' | 'sourceRead'>;
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
  const timed = timedBy(needs.observer);

  if (creation.attempts > MOST_STARTS)
    throw new CreationFailure('given_up', 'It was taken up too often without an end.');
  const gathered = creation.checkpoint.gathered ?? (await timed('gathering', () => gatherSources(needs, attempt)));
  await stepDone(ledger, attempt);
  const base = await baseVersion(needs.roles, creation);
  const draft = creation.checkpoint.draft ?? (await timed('writing', () => writeDraft(needs, attempt, gathered, base)));
  await stepDone(ledger, attempt);

  await needs.announce.progress(creation, 'saving', 'saving the role');
  const { tenantId, taskId, roleId } = creation;
  const { strategy, locale, digests } = gathered;
  const sections = creation.regenerate?.sections ?? [];
  const written = base === null ? { draft } : mergeRevision(base, draft, sections, digests);
  return timed('saving', () =>
    ledger.succeed(creation, { tenantId, taskId, roleId, locale, strategy, digests, ...written }),
  );
}

/** Carries a step out, and tells how long it took if it came to its end. */
function timedBy({ stepDone }: Pick<WorkerObserver, 'stepDone'>) {
  return async <T>(step: TimedStep, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work();
    stepDone(step, performance.now() - startedAt);
    return result;
  };
}

/** The version of which parts are to be rewritten; null where the whole role is to be written. */
async function baseVersion(
  roles: RoleReader,
  { tenantId, roleId, regenerate }: TakenCreation,
): Promise<RoleVersionRecord | null> {
  if (regenerate === null) return null;
  const base = await roles.readVersion(tenantId, roleId, regenerate.baseVersion);
  if (base !== null) return base;
  throw new CreationFailure('base_version_missing', `Version ${regenerate.baseVersion} of the role is gone.`);
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
    gather(needs.sources, creation, needs.observer),
  ]);
  const decision = decideGather(reads, strategy.sources);
  if (decision.kind === 'fail') {
    await ledger.gatheredInVain(creation, decision.outcomes);
    throw decision.failure;
  }
  const { sources, fits, degraded } = fitToBudgets(decision.sources, strategy.tokenBudgets, needs.countTokens);
  const locale = strategy.locale ?? sources.baseInfo.locale;
  const gathered: Gathered = { sources, strategy, locale, digests: storedDigests(reads, decision.outcomes) };
  await ledger.gathered(creation, gathered, withFits(decision.outcomes, fits), [...decision.degraded, ...degraded]);
  attempt.step = 'writing';
  return gathered;
}

async function writeDraft(
  { ledger, writer, announce }: WriteRoleNeeds,
  attempt: AttemptInHand,
  { sources, strategy, locale }: Gathered,
  base: RoleVersionRecord | null,
): Promise<Draft> {
  const { creation, signal } = attempt;
  const { tenantId, creationId, generation, regenerate } = creation;
  const revise = base === null ? {} : { revise: { profile: base.profile, sections: regenerate?.sections ?? [] } };
  // One that comes back from waiting for a provider may have to wait again, and is said to run once it was let in.
  const { putOff } = creation;
  if (!putOff) await announce.progress(creation, 'writing', 'writing the role');
  const told: Promise<void>[] = [];
  const letIn = () => {
    if (putOff && told.length === 0)
      told.push(announce.state(creation, 'role_creation.running', { status: 'running' }));
  };
  const onSection = (part: ProfilePart, value: unknown): void => {
    if (signal.aborted) return;
    letIn();
    told.push(announce.section(creation, part, value));
  };
  try {
    const context = { tenantId, creationId, generation, signal, onSection };
    const draft = await writer.write({ sources, strategy, locale, ...revise }, context);
    letIn();
    await patiently(attempt, () => ledger.written(creation, draft));
    attempt.step = 'saving';
    return draft;
  } finally {
    // All of them before whatever event comes next.
    await Promise.all(told);
  }
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

/** Of the whole documents as they are stored, whether or not all of them was used. */
function storedDigests(reads: SourceReads, outcomes: SourceOutcomes): SourceDigests {
  const stored = SOURCE_KINDS.flatMap(kind => {
    const { digest } = outcomes[kind];
    return reads[kind].state === 'inline' || digest === undefined ? [] : [[kind, digest]];
  });
  return Object.fromEntries(stored);
}
