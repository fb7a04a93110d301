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
import type { Tracing } from '@roleforge/telemetry';
import type { Announcer } from './announce.ts';
import type { AttemptInHand } from './attempt-in-hand.ts';
import { gather } from './gather.ts';
import type { TimedStep, WorkerObserver } from './observer.ts';
import type { StepLog } from './step-log.ts';
import type { Turns } from './turns.ts';

export type WriteRoleNeeds = {
  ledger: AttemptLedger;
  strategies: StrategyReader;
  roles: RoleReader;
  sources: SourceCopyReader;
  countTokens: CountTokens;
  writer: Writer;
  announce: Announcer;
  observer: Pick<WorkerObserver, 'stepDone' | 'sourceRead'>;
  tracing: Tracing;
  steps: StepLog;
  turns: Turns;
};

/** Its owner has asked for the creation to wait, and between two steps it was made to. */
export class HeldByOwner extends Error {
  override readonly name = 'HeldByOwner';
}

/** A role that was saved, and how long it took to tell of it, in milliseconds. */
export type WrittenRole = { roleVersion: number; notifyingMs: number };

/**
 * The main job: gather, write, save and tell, each from where an earlier attempt left off.
 * @throws CreationFailure, HeldByOwner, AttemptSuperseded, StoreUnavailable, or the reason of the attempt's signal
 */
export async function writeRole(needs: WriteRoleNeeds, attempt: AttemptInHand): Promise<WrittenRole> {
  const { ledger, turns } = needs;
  const { creation } = attempt;
  const seen = seenBy(needs);

  if (creation.attempts > MOST_STARTS)
    throw new CreationFailure('given_up', 'It was taken up too often without an end.');
  const gathered = creation.checkpoint.gathered ?? (await seen('gathering', () => gatherSources(needs, attempt)));
  await stepDone(ledger, attempt);
  const base = await baseVersion(needs.roles, creation);
  const kept = creation.checkpoint.draft;
  const draft = kept ?? (await seen('writing', () => writeDraft(needs, attempt, gathered, base)));
  return turns(async () => {
    // The model's answer is stored, so that a worker that stops may leave the rest to another: many may stand in line here, and MySQL be away.
    if (attempt.stopCause() === 'stopping') throw attempt.signal.reason;
    if (kept === null) await patiently(attempt, () => ledger.written(creation, draft));
    attempt.step = 'saving';
    await stepDone(ledger, attempt);
    const roleVersion = await seen('saving', () => saveRole(needs, creation, gathered, draft, base));
    const savedAt = performance.now();
    await needs.announce.end(creation);
    return { roleVersion, notifyingMs: performance.now() - savedAt };
  });
}

const SPAN_NAMES = { gathering: 'gather', writing: 'write', saving: 'save' } as const satisfies Record<
  TimedStep,
  string
>;

/** Carries a step out in a span of its own, and tells how long it took if it came to its end. */
function seenBy({ observer, tracing }: Pick<WriteRoleNeeds, 'observer' | 'tracing'>) {
  return <T>(step: TimedStep, work: () => Promise<T>): Promise<T> =>
    tracing.span(SPAN_NAMES[step], {}, async () => {
      const startedAt = performance.now();
      const result = await work();
      observer.stepDone(step, performance.now() - startedAt);
      return result;
    });
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
  const { ledger, announce, steps } = needs;
  const { creation } = attempt;
  const startedAt = performance.now();
  await announce.progress(creation, 'gathering', 'reading base info, talk style, knowledge and products');
  const [strategy, reads] = await Promise.all([
    strategyOf(needs.strategies, creation),
    gather(needs.sources, creation, needs),
  ]);
  const decision = decideGather(reads, strategy.sources);
  if (decision.kind === 'fail') {
    await ledger.gatheredInVain(creation, decision.outcomes);
    throw decision.failure;
  }
  const { sources, fits, degraded } = fitToBudgets(decision.sources, strategy.tokenBudgets, needs.countTokens);
  const locale = strategy.locale ?? sources.baseInfo.locale;
  const gathered: Gathered = { sources, strategy, locale, digests: storedDigests(reads, decision.outcomes) };
  const lacking = [...decision.degraded, ...degraded];
  await ledger.gathered(creation, gathered, withFits(decision.outcomes, fits), lacking);
  steps.gathered(startedAt, reads, lacking);
  attempt.step = 'writing';
  return gathered;
}

async function writeDraft(
  { writer, announce, steps }: WriteRoleNeeds,
  attempt: AttemptInHand,
  { sources, strategy, locale }: Gathered,
  base: RoleVersionRecord | null,
): Promise<Draft> {
  const { creation, signal } = attempt;
  const { tenantId, creationId, generation, regenerate } = creation;
  const revise = base === null ? {} : { revise: { profile: base.profile, sections: regenerate?.sections ?? [] } };
  // One that comes back from waiting for a provider may have to wait again, and is said to run once it was let in.
  const { putOff } = creation;
  const startedAt = performance.now();
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
    steps.written(startedAt, draft);
    return draft;
  } finally {
    // All of them before whatever event comes next.
    await Promise.all(told);
  }
}

/** Returns the new version's number. */
async function saveRole(
  { ledger, announce, steps }: WriteRoleNeeds,
  creation: TakenCreation,
  { strategy, locale, digests }: Gathered,
  draft: Draft,
  base: RoleVersionRecord | null,
): Promise<number> {
  const startedAt = performance.now();
  await announce.progress(creation, 'saving', 'saving the role');
  const { tenantId, taskId, roleId, regenerate } = creation;
  const written = base === null ? { draft } : mergeRevision(base, draft, regenerate?.sections ?? [], digests);
  const role = { tenantId, taskId, roleId, locale, strategy, digests, ...written };
  const roleVersion = await ledger.succeed(creation, role);
  steps.saved(startedAt, roleVersion);
  return roleVersion;
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
