import { type StrategyDocument, StrategyDocument as StrategySchema } from '@roleforge/contracts';
import { type Liquid, LiquidError, type Template } from 'liquidjs';
import { SOURCE_VARIABLES, type SystemScope, systemScope, userScope } from './prompt-scope.ts';
import { render, systemEngine, userEngine } from './template-engine.ts';
import { TRIAL_SOURCES } from './trial-sources.ts';

/** What is wrong with a template, and where: line and column from 1. */
export type TemplateProblem = {
  pointer: '/templates/system' | '/templates/user';
  line: number;
  column: number;
  message: string;
};

type Templates = NonNullable<StrategyDocument['templates']>;

/** For all renderings of a template together: a request is not to keep the api for long. */
const TRIAL_MS = 200;

/** The trial sources come to some two thousand characters. */
const TRIAL_SIZE = 500_000;

/** Most unknown variables that are named of one template. */
const MOST_UNKNOWN = 10;

/**
 * What is wrong with a strategy's templates; empty where they may be saved. Each is parsed, every variable in it is looked
 * up, whichever branch it stands in, and it is rendered for a task that holds everything and one that holds next to
 * nothing, in both languages, with instructions and without.
 */
export function checkTemplates({ system, user }: Templates): TemplateProblem[] {
  const systemScopes = trialSystemScopes();
  const userScopes = systemScopes.flatMap(scope => TRIAL_SOURCES.map(sources => userScope(scope, sources)));
  return [
    ...(system === undefined ? [] : check('/templates/system', systemEngine, system, systemScopes)),
    ...(user === undefined ? [] : check('/templates/user', userEngine, user, userScopes)),
  ];
}

function trialSystemScopes(): SystemScope[] {
  const strategies = [{ instructions: 'Stress the origin of the tea.' }, {}].map(fields =>
    StrategySchema.parse(fields),
  );
  return strategies.flatMap(strategy => ['zh-CN', 'en-GB'].map(locale => systemScope(strategy, locale)));
}

function check(
  pointer: TemplateProblem['pointer'],
  liquid: Liquid,
  text: string,
  scopes: readonly object[],
): TemplateProblem[] {
  try {
    const template = liquid.parse(text);
    const unknown = unknownVariables(liquid, template, scopes[0] ?? {});
    if (unknown.length > 0) return unknown.map(variable => ({ pointer, ...variable }));
    const until = performance.now() + TRIAL_MS;
    for (const scope of scopes) {
      const limits = { ms: Math.max(0, until - performance.now()), size: TRIAL_SIZE };
      if (render(liquid, template, scope, limits).trim() === '')
        return [{ pointer, line: 1, column: 1, message: 'it comes to nothing for some tasks' }];
    }
    return [];
  } catch (error) {
    if (!LiquidError.is(error)) throw error;
    return [{ pointer, ...placeOf(error) }];
  }
}

type Place = Omit<TemplateProblem, 'pointer'>;

function unknownVariables(liquid: Liquid, template: Template[], scope: object): Place[] {
  const { globals } = liquid.analyzeSync(template, { partials: false });
  return Object.entries(globals)
    .filter(([name]) => !Object.hasOwn(scope, name))
    .flatMap(([name, uses]) =>
      uses.map(({ location }) => ({ line: location.row, column: location.col, message: unknownMessage(name) })),
    )
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .slice(0, MOST_UNKNOWN);
}

function unknownMessage(name: string): string {
  const message = `undefined variable: ${name}`;
  return (SOURCE_VARIABLES as readonly string[]).includes(name)
    ? `${message}; what a customer typed in is known to the user template alone`
    : message;
}

/** Liquid adds the place to its own message; what it wraps has none. */
function placeOf(error: LiquidError): Place {
  const [line = 1, column = 1] = error.token.getPosition();
  const message = error.originalError?.message ?? error.message.replace(`, line:${line}, col:${column}`, '');
  return { line, column, message };
}
