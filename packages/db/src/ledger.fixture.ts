import {
  type RoleProfile,
  type Strategy,
  type StrategyId,
  type SubmitCreation as Submission,
  SubmitCreation,
  type TaskId,
  type TenantId,
} from '@roleforge/contracts';
import {
  type AttemptLedger,
  type Draft,
  type FinishedRole,
  type Gathered,
  type NewCreation,
  newCreation,
  systemStrategy,
  type TakenCreation,
} from '@roleforge/domain';
import { acceptCreations, type Database } from './index.ts';

type Given = Partial<Omit<Submission, 'taskId'>> & { taskId?: string; now?: Date };

/** A creation as the api would accept it, not written yet. */
export function aCreation(tenantId: TenantId, { now = new Date(), ...given }: Given = {}): NewCreation {
  const submission = SubmitCreation.parse({ taskId: 'tea-shop', ...given });
  return newCreation(submission, { tenantId, requestId: 'req-1', traceparent: null, now });
}

/** A creation that waits in the ledger. */
export async function waitingCreation(database: Database, tenantId: TenantId, given: Given = {}): Promise<NewCreation> {
  const creation = aCreation(tenantId, given);
  await acceptCreations(database, [creation]);
  return creation;
}

/** Takes a creation, which must be there to be taken. */
export async function taken(ledger: AttemptLedger, { tenantId, id }: NewCreation): Promise<TakenCreation> {
  const result = await ledger.take(tenantId, id);
  if (result.kind !== 'taken') throw new Error(`It could not be taken: ${result.kind}.`);
  return result.creation;
}

const PROFILE: RoleProfile = {
  name: '小茶',
  tagline: 'Knows every leaf 🍵',
  description: 'A keeper of a tea shop.',
  personality: 'Calm.',
  background: 'Grew up among tea bushes.',
  systemPrompt: 'You are 小茶.',
  greeting: 'Welcome!',
  alternateGreetings: [],
  talkStyle: { tone: 'warm', rules: [], catchphrases: [], avoid: [] },
  exampleDialogues: [],
  knowledge: [],
  products: [],
  boundaries: [],
  tags: ['tea'],
};

export const DRAFT: Draft = {
  profile: PROFILE,
  provenance: { name: ['baseInfo'] },
  writer: { kind: 'ai', provider: 'scripted', model: 'test-1' },
  usage: { calls: 1, inputTokens: 100, outputTokens: 40, costUsd: 0.002 },
};

/** What gathering came to. */
export const GATHERED: Gathered = {
  sources: { baseInfo: { name: '小茶', locale: 'zh-CN' }, talkStyle: null, knowledge: null, products: null },
  strategy: systemStrategy('default' as StrategyId) as Strategy,
  locale: 'zh-CN',
  digests: { baseInfo: 'a'.repeat(64) },
};

/** What an attempt hands in when it has made its role. */
export function roleOf({ tenantId, taskId, roleId, strategyId }: TakenCreation, draft = DRAFT): FinishedRole {
  return {
    tenantId,
    taskId,
    roleId,
    locale: 'zh-CN',
    strategy: { id: strategyId, version: 3 },
    draft,
    digests: { baseInfo: 'a'.repeat(64) },
  };
}

export const TASK = 'tea-shop' as TaskId;
