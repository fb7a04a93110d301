import { setTimeout as pause } from 'node:timers/promises';
import type { Usage } from '@roleforge/contracts';
import {
  type ConfiguredModel,
  CreationFailure,
  costOf,
  type ModelCall,
  type ModelCallStore,
  type ModelProvider,
  NO_USAGE,
  newModelCallId,
  type ProviderGate,
  StoreUnavailable,
  type WritingContext,
} from '@roleforge/domain';
import { askModel, type ModelRequest } from './ask-model.ts';
import { failureOfCall, mayBeBilled } from './call-failure.ts';
import { type CallOutcome, type ModelCallObserver, outcomeOfFailure } from './call-outcome.ts';
import { type EndedAnswer, failureOfEnd } from './draft-reading.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { requestHash } from './request-hash.ts';

export type CallNeeds = {
  provider: ModelProvider;
  model: ConfiguredModel;
  calls: ModelCallStore;
  gate: ProviderGate;
  /** How long one call may take, in milliseconds. */
  callTimeoutMs: number;
  /** Hears of every call that was made, once it is known what it came to. */
  onCall?: ModelCallObserver | undefined;
  clock: () => Date;
  /** Goes round each call, for those who look on. */
  around?: AroundCall | undefined;
  /** In place of the global one: an outgoing proxy, say. */
  fetch?: typeof globalThis.fetch | undefined;
};

/** What a call came to, without what was asked and answered. */
export type CallSeen = Pick<ModelCall, 'outcome' | 'inputTokens' | 'outputTokens'>;

/** Makes the call, or has it made within something else, and hands on what it came to. */
export type AroundCall = <T extends { call: CallSeen }>(
  about: { provider: string; model: string; baseUrl: string },
  make: () => Promise<T>,
) => Promise<T>;

const alone: AroundCall = (_about, make) => make();

/** One call for a draft: `repair` counts those before it. */
export type DraftRequest = ModelRequest & { repair: number; maxCostUsd: number | undefined };

export type PaidAnswer = EndedAnswer & {
  usage: Usage;
  /** The call behind it, of which `onCall` is still to hear: whether it was of use is for its reader to say. Null for a stored one. */
  call: MadeCall['call'] | null;
};

/** What an answer is expected to have at most where its strategy sets no bound, in tokens. */
const USUAL_OUTPUT_TOKENS = 4_000;

/**
 * The answer to a request: the one that is stored, or else that of a call, which is made once, noted down whatever becomes of it,
 * and stored before anybody looks into it.
 *
 * @param onText hears a new answer as it comes, where the provider streams
 * @throws CreationFailure, ProviderBusy, StoreUnavailable, or the reason of the context's signal
 */
export async function paidAnswer(
  needs: CallNeeds,
  request: DraftRequest,
  context: WritingContext,
  onText: (text: string) => void,
): Promise<PaidAnswer> {
  const { calls, gate, model, onCall = () => {} } = needs;
  const { tenantId, creationId, generation, signal } = context;
  const key = { tenantId, creationId, requestHash: requestHash(model, request, generation, request.repair) };
  const stored = await calls.findAnswer(key);
  if (stored !== null) return { text: stored.answer, finishReason: stored.finishReason, usage: NO_USAGE, call: null };

  let counted: number | undefined;
  // It takes a millisecond or so, and where nothing is limited nobody asks.
  const inputTokens = () => {
    counted ??= estimateTokens(request.prompt.system) + estimateTokens(request.prompt.user);
    return counted;
  };
  const outputTokens = request.maxOutputTokens ?? USUAL_OUTPUT_TOKENS;
  await keepBelowCeiling(needs, request, context, () => costOf(model.price, inputTokens(), outputTokens));
  await gate.enter(model, () => inputTokens() + outputTokens);
  signal.throwIfAborted();

  const { around = alone, provider } = needs;
  const about = { provider: model.provider, model: model.model, baseUrl: provider.baseUrl };
  const made = await around(about, () => makeCall(needs, request, context, inputTokens, onText));
  const { call, failure, outcome } = made;
  let handedOn = false;
  try {
    await noteDown(calls, { ...key, ...call }, signal);
    // A call that was broken off from here says nothing of the provider.
    signal.throwIfAborted();
    await gate.report(model, failure?.owner === 'provider' && call.answer === null ? failure : null);
    handedOn = call.answer !== null;
  } finally {
    if (!handedOn) onCall(call, outcome);
  }
  if (call.answer === null) throw failure;
  const { answer: text, finishReason } = call;
  const usage = { calls: 1, inputTokens: call.inputTokens, outputTokens: call.outputTokens, costUsd: call.costUsd };
  return { text, finishReason, usage, call };
}

async function keepBelowCeiling(
  { calls }: CallNeeds,
  { maxCostUsd }: DraftRequest,
  { tenantId, creationId }: WritingContext,
  expect: () => number,
): Promise<void> {
  if (maxCostUsd === undefined) return;
  const expectedUsd = expect();
  if (expectedUsd === 0) return;
  const spent = await calls.costSoFar(tenantId, creationId);
  if (spent + expectedUsd <= maxCostUsd) return;
  const figures = `${spent.toFixed(4)} US dollars are spent, and a call may cost ${expectedUsd.toFixed(4)}`;
  throw new CreationFailure(
    'cost_ceiling_reached',
    `The strategy’s maxCostUsd of ${maxCostUsd} does not allow for another call: ${figures}.`,
  );
}

type MadeCall = {
  call: Omit<ModelCall, 'tenantId' | 'creationId' | 'requestHash'>;
  failure: CreationFailure | null;
  outcome: CallOutcome;
};

/** Makes the call, and says what became of it; never rejects. */
async function makeCall(
  { provider, model, callTimeoutMs, clock, fetch }: CallNeeds,
  request: ModelRequest,
  { signal }: WritingContext,
  sentTokens: () => number,
  onText: (text: string) => void,
): Promise<MadeCall> {
  const startedAt = clock();
  const timeout = AbortSignal.timeout(callTimeoutMs);
  let written = '';
  const hear = (text: string) => {
    written += text;
    onText(text);
  };
  const noted = (
    told: Pick<ModelCall, 'outcome' | 'finishReason' | 'answer'>,
    tokens: { inputTokens: number; outputTokens: number; estimated: boolean },
  ) => ({
    id: newModelCallId(startedAt.getTime()),
    provider: model.provider,
    model: model.model,
    startedAt,
    ms: Math.max(0, clock().getTime() - startedAt.getTime()),
    costUsd: costOf(model.price, tokens.inputTokens, tokens.outputTokens),
    ...told,
    ...tokens,
  });
  try {
    const way = { provider, model: model.model, fetch, signal: AbortSignal.any([signal, timeout]), onText: hear };
    const { text, finishReason, inputTokens, outputTokens } = await askModel(request, way);
    const failure = failureOfEnd(finishReason);
    // What was cut off at its limit is asked for again in other words; the others are not to be found again.
    const answer = failure === null || failure.code === 'draft_truncated' ? text : null;
    const tokens = {
      inputTokens: toldCount(inputTokens) ?? sentTokens(),
      outputTokens: toldCount(outputTokens) ?? estimateTokens(text),
      estimated: toldCount(inputTokens) === null || toldCount(outputTokens) === null,
    };
    const call = noted({ outcome: failure?.code ?? 'ok', finishReason, answer }, tokens);
    return { call, failure, outcome: failure === null ? 'ok' : 'useless' };
  } catch (error) {
    const failure = signal.aborted ? null : timeout.aborted ? overrun(callTimeoutMs) : failureOfCall(error, Date.now());
    const billed = failure === null || timeout.aborted || mayBeBilled(error);
    const tokens = billed
      ? { inputTokens: sentTokens(), outputTokens: estimateTokens(written), estimated: true }
      : { inputTokens: 0, outputTokens: 0, estimated: false };
    const call = noted({ outcome: failure?.code ?? 'aborted', finishReason: null, answer: null }, tokens);
    return { call, failure, outcome: failure === null ? 'aborted' : outcomeOfFailure(failure, error) };
  }
}

/** The creation's own deadline has not passed: that the call overran is the provider's fault. */
function overrun(callTimeoutMs: number): CreationFailure {
  return new CreationFailure('provider_timeout', `The model did not answer within ${callTimeoutMs / 1000} s.`);
}

const MOST_TOKENS = 4_294_967_295;

/** A provider's own count; null where it gave none that can be one. */
function toldCount(tokens: number | undefined): number | null {
  return tokens !== undefined && Number.isInteger(tokens) && tokens >= 0 && tokens <= MOST_TOKENS ? tokens : null;
}

const STORE_AGAIN_MS = 500;

/** What has been paid for is not given up because MySQL is away: the note is repeated for as long as the work may go on. */
async function noteDown(calls: ModelCallStore, call: ModelCall, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await calls.record(call);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StoreUnavailable)) throw error;
      await pause(STORE_AGAIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
