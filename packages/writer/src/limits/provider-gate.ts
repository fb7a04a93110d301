import { setTimeout as pause } from 'node:timers/promises';
import {
  type ConfiguredModel,
  type CreationFailure,
  LONGEST_RETRY_AFTER_MS,
  type ModelCatalog,
  ProviderBusy,
  type ProviderGate,
} from '@roleforge/domain';
import { CircuitState, CountBreaker } from 'cockatiel';
import { closingTimeUs, createPace, HEADROOM, LINGER_MS } from './pace.ts';
import { createProviderState, type GateRedis } from './provider-state.ts';

export type ProviderGateSettings = {
  redis: GateRedis;
  prefix: string;
  catalog: ModelCatalog;
  clock: () => Date;
  /** In [0, 1). */
  random: () => number;
  /** Hears once of each time that Redis is away: until it is back, nothing holds calls up. */
  onTrouble?: (error: unknown) => void;
};

/**
 * A process that was held up for longer than this, in milliseconds, or than the headroom of its call, has missed its turn: going
 * all the same would make a burst of its calls.
 */
const LATE_MS = 40;
/** However often turns are missed, a call is let through after this many. */
const MOST_TURNS = 5;
/** Those who wait come back a little apart, in milliseconds. */
const JITTER_MS = 50;
/** Those who wait for a breaker come back within this span after it may be tried, in milliseconds. */
const AFTER_BREAKER_MS = 10_000;

/** The breaker of a model in this process, and whether the one call that tries is ours. */
type LocalBreaker = { counts: CountBreaker; probing: boolean };

/**
 * The way to the providers, shared by all workers that have the same Redis and prefix: an even pace within each provider's limits,
 * a stop for all when it turns one away, and a breaker for each model. A breaker opens when most of a process's latest calls of
 * the model came to nothing, and then for all; after a while one call tries, and closes it for all if it is answered.
 */
export function createProviderGate(settings: ProviderGateSettings): ProviderGate {
  const { redis, prefix, catalog, clock, random, onTrouble = () => {} } = settings;
  const pace = createPace(redis, prefix);
  const state = createProviderState(redis, prefix);
  const breakers = new Map<string, LocalBreaker>();
  let troubled = false;
  /** The shortest that Redis has taken for an answer, in milliseconds: what is longer was spent waiting in this process. */
  let quickestMs = Number.POSITIVE_INFINITY;

  function breakerOf({ provider, model }: ConfiguredModel): LocalBreaker {
    const name = `${provider}/${model}`;
    const breaker = breakers.get(name) ?? { counts: newCounts(), probing: false };
    breakers.set(name, breaker);
    return breaker;
  }

  async function unlessAway(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      troubled = false;
    } catch (error) {
      if (error instanceof ProviderBusy) throw error;
      if (!troubled) onTrouble(error);
      troubled = true;
    }
  }

  const inMs = (ms: number) => new Date(clock().getTime() + Math.ceil(ms));

  function brokenUntil(ms: number, { provider, model }: ConfiguredModel): ProviderBusy {
    const until = inMs(ms + random() * AFTER_BREAKER_MS);
    return new ProviderBusy('breaker_open', until, `${provider}/${model} is failing, and is left alone for now.`);
  }

  /** Resolves when this call's turn has come. */
  async function takeTurn(of: ConfiguredModel, countTokens: () => number, blockMs: number): Promise<void> {
    const provider = catalog.providers.find(({ name }) => name === of.provider);
    if (provider === undefined) return;
    const tokens = provider.tokensPerMinute === null ? 0 : countTokens();
    const blocked = blockMs > 0;
    const allowedMs = Math.max(LATE_MS, (closingTimeUs(provider, tokens) / 1_000) * HEADROOM);
    for (let turns = 0; turns < MOST_TURNS; turns += 1) {
      const asked = performance.now();
      const { go, ms } = await pace.next(provider, tokens, blockMs);
      quickestMs = Math.min(quickestMs, performance.now() - asked);
      if (!go) {
        // Back a little before its turn, so that the way is not idle; but not before the provider wants to be called again.
        const until = inMs(ms - (blocked ? 0 : LINGER_MS / 2) + random() * JITTER_MS);
        const why = blocked ? 'takes no more calls for now' : 'is called no faster than its limits allow';
        throw new ProviderBusy('provider_limited', until, `The AI provider ${of.provider} ${why}.`, { blocked });
      }
      if (ms > 0) await pause(ms);
      if (performance.now() - asked - quickestMs - ms <= allowedMs) return;
    }
  }

  async function enter(of: ConfiguredModel, tokens: () => number): Promise<void> {
    const { blockMs, openMs, halfOpen, probeMs } = await state.look(of);
    if (openMs > 0) throw brokenUntil(openMs, of);
    if (halfOpen && probeMs > 0) throw brokenUntil(AFTER_BREAKER_MS, of);
    await takeTurn(of, tokens, blockMs);
    if (!halfOpen) return;
    if (!(await state.takeProbe(of))) throw brokenUntil(AFTER_BREAKER_MS, of);
    breakerOf(of).probing = true;
  }

  async function report(of: ConfiguredModel, failure: CreationFailure | null): Promise<void> {
    const breaker = breakerOf(of);
    const { counts, probing } = breaker;
    breaker.probing = false;
    const verdict = verdictOn(failure);
    switch (verdict) {
      case 'works':
        counts.success(probing ? CircuitState.HalfOpen : CircuitState.Closed);
        if (probing) await state.close(of);
        return;
      case 'broken':
        if (!counts.failure(probing ? CircuitState.HalfOpen : CircuitState.Closed)) return;
        breaker.counts = newCounts();
        await state.open(of);
        return;
      case 'limited': {
        const asked = failure?.retryAfterMs;
        await state.block(of, asked === undefined ? undefined : Math.min(asked, LONGEST_RETRY_AFTER_MS));
        if (probing) await state.releaseProbe(of);
        return;
      }
      case 'unknown':
        if (probing) await state.releaseProbe(of);
        return;
    }
  }

  return {
    enter: (of, tokens) => unlessAway(() => enter(of, tokens)),
    report: (of, failure) => unlessAway(() => report(of, failure)),
  };
}

/** More than half of the latest twenty calls, and of no fewer than five. */
const newCounts = () => new CountBreaker({ threshold: 0.5, size: 20, minimumNumberOfCalls: 5 });

/** What a call says about its model: an answer that is no use is an answer. */
function verdictOn(failure: CreationFailure | null): 'works' | 'broken' | 'limited' | 'unknown' {
  switch (failure?.code) {
    case undefined:
    case 'draft_invalid':
    case 'draft_truncated':
    case 'content_filtered':
    case 'provider_denied':
      return 'works';
    case 'provider_unavailable':
    case 'provider_timeout':
      return 'broken';
    case 'provider_limited':
      return 'limited';
    default:
      return 'unknown';
  }
}
