import type { Strategy, StrategyId, TenantId } from '@roleforge/contracts';
import type { StrategyStore } from '@roleforge/db';
import { systemStrategy } from '@roleforge/domain';
import { LRUCache } from 'lru-cache';
import type { MissingModel } from './missing-model.ts';

const MOST = 10_000;

/** How long a change of a strategy may go unnoticed by submissions. */
const FRESH_MS = 2_000;

/** Of a strategy that a tenant may name: the first model that it asks for in vain, null where there is none such. */
export type KnownStrategy = { missingModel: string | null };

/** Which strategies a tenant may name. Both reject with StoreUnavailable. */
export type StrategyLookup = {
  /** Null where there is none of this name. */
  one(tenantId: TenantId, id: StrategyId): Promise<KnownStrategy | null>;
  /** Those that do not exist are left out. */
  several(tenantId: TenantId, ids: Iterable<StrategyId>): Promise<ReadonlyMap<StrategyId, KnownStrategy>>;
};

type Needs = {
  strategies: Pick<StrategyStore, 'ownStrategies'>;
  missingModel: MissingModel;
  clock: () => Date;
};

type Kept = { answer: Promise<KnownStrategy | null>; until: number };

/** Those that come with RoleForge name no model. */
const NOTHING_MISSING: KnownStrategy = { missingModel: null };

/**
 * Looks up the strategies that submissions name, each once and all in one query, which those who come meanwhile wait for too.
 * What was found holds for two seconds. The names that come with RoleForge are looked for as well: a tenant may have a strategy of
 * its own under one of them.
 */
export function createStrategyLookup({ strategies, missingModel, clock }: Needs): StrategyLookup {
  const kept = new LRUCache<string, Kept>({ max: MOST });

  /** One query for all of them. What was not found, and what could not be asked, is not kept: it may be there in a moment. */
  function lookFor(tenantId: TenantId, ids: readonly StrategyId[], now: number): Promise<KnownStrategy | null>[] {
    const found = strategies.ownStrategies(tenantId, ids).then(own => new Map(own.map(known)));
    return ids.map(id => {
      const key = `${tenantId}/${id}`;
      const answer = found.then(own => own.get(id) ?? (systemStrategy(id) === null ? null : NOTHING_MISSING));
      const entry: Kept = { answer, until: now + FRESH_MS };
      kept.set(key, entry);
      const forget = () => {
        if (kept.peek(key) === entry) kept.delete(key);
      };
      answer.then(strategy => strategy ?? forget(), forget);
      return answer;
    });
  }

  function known(strategy: Strategy): [StrategyId, KnownStrategy] {
    return [strategy.id, { missingModel: missingModel(strategy) }];
  }

  function keptAnswer(tenantId: TenantId, id: StrategyId, now: number): Promise<KnownStrategy | null> | null {
    const entry = kept.get(`${tenantId}/${id}`);
    return entry !== undefined && now < entry.until ? entry.answer : null;
  }

  return {
    // On the way of every submission.
    async one(tenantId, id) {
      const now = clock().getTime();
      return keptAnswer(tenantId, id, now) ?? (lookFor(tenantId, [id], now)[0] as Promise<KnownStrategy | null>);
    },
    async several(tenantId, ids) {
      const now = clock().getTime();
      const answers = new Map<StrategyId, Promise<KnownStrategy | null>>();
      const unsure: StrategyId[] = [];
      for (const id of new Set(ids)) {
        const answer = keptAnswer(tenantId, id, now);
        if (answer === null) unsure.push(id);
        else answers.set(id, answer);
      }
      if (unsure.length > 0)
        for (const [index, answer] of lookFor(tenantId, unsure, now).entries())
          answers.set(unsure[index] as StrategyId, answer);
      const standing = new Map<StrategyId, KnownStrategy>();
      const settled = await Promise.all(answers.values());
      for (const [index, id] of [...answers.keys()].entries()) {
        const strategy = settled[index];
        if (strategy !== null && strategy !== undefined) standing.set(id, strategy);
      }
      return standing;
    },
  };
}
