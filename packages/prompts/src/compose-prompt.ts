import { CreationFailure, type GatheredSources } from '@roleforge/domain';
import type { Liquid } from 'liquidjs';
import { builtInPrompt } from './built-in/by-language.ts';
import { type PromptStrategy, systemScope, userScope } from './prompt-scope.ts';
import { type RenderLimits, render, systemEngine, userEngine } from './template-engine.ts';

/** The two messages that ask a model for a role. */
export type Prompt = { system: string; user: string };

/** Far above what a template needs that was taken: a slow machine and the largest sources are no reason to fail. */
const LIMITS: RenderLimits = { ms: 2_000, size: 40_000_000 };

/**
 * The two messages that ask a model for a role: by the strategy's templates, or by those that come with RoleForge in the
 * language of the role. What the customer typed stands in the user message alone, cleaned and delimited; the strategy's
 * instructions are the tenant's own and stand with the rules.
 *
 * @throws CreationFailure template_invalid where a template cannot be rendered for these sources
 */
export function composePrompt(sources: GatheredSources, strategy: PromptStrategy, locale: string): Prompt {
  const scope = systemScope(strategy, locale);
  const builtIn = builtInPrompt(scope.language);
  const { system = builtIn.system, user = builtIn.user } = strategy.templates ?? {};
  return {
    system: rendered('system', systemEngine, system, scope),
    user: rendered('user', userEngine, user, userScope(scope, sources)),
  };
}

function rendered(name: keyof Prompt, liquid: Liquid, template: string, scope: object): string {
  try {
    return render(liquid, liquid.parse(template), scope, LIMITS);
  } catch (cause) {
    const message = `The strategy’s ${name} template cannot be rendered for the sources of this task.`;
    throw new CreationFailure('template_invalid', message, { cause });
  }
}
