import { type Context, Drop, type Emitter, Liquid, type Template } from 'liquidjs';

/** How much one rendering may use. */
export type RenderLimits = {
  /** Milliseconds; looked at before every tag and output. */
  ms: number;
  /** Characters and list entries made by output, captures, filters and ranges together. */
  size: number;
};

/** Characters of one template; the contract's own limit is lower. */
const MOST_TEMPLATE_CHARACTERS = 20_000;

/**
 * The tags and filters that a template may use: those whose result depends on nothing but the variables, and that read no
 * other template. None of them tells the time or draws lots: a prompt that differs from one attempt to the next would be
 * paid for twice. None takes a text for an expression, and none lets text out unquoted.
 */
const TAGS = 'assign break capture case comment continue cycle decrement echo for if increment liquid raw unless #';
const FILTERS =
  'abs append array_to_sentence_string at_least at_most capitalize ceil compact concat default divided_by downcase find ' +
  'find_index first floor group_by has join last lstrip map minus modulo normalize_whitespace number_of_words plus prepend ' +
  'reject remove remove_first remove_last replace replace_first replace_last reverse round rstrip size slice sort ' +
  'sort_natural split squish strip strip_newlines sum times to_integer truncate truncatewords uniq upcase where';

/** Text that goes into a user message as it stands: our own or the tenant's, never a customer's. */
export class PlainText extends Drop {
  readonly #text: string;

  constructor(text: string) {
    super();
    this.#text = text;
  }

  override valueOf(): string {
    return this.#text;
  }
}

/** For system messages: variables go out as they are, since no customer typed them. */
export const systemEngine = engine();

/**
 * For user messages: whatever is not PlainText goes out as JSON, texts in quotes with their line breaks escaped, so that no
 * customer begins a line of the prompt. Nothing that is not there goes out as nothing.
 */
export const userEngine = engine(value => {
  if (value instanceof PlainText) return value.valueOf();
  return value === null || value === undefined ? '' : JSON.stringify(value);
});

/** @throws LiquidError with the place in the template, for whatever is wrong with it or goes beyond the limits */
export function render(liquid: Liquid, templates: Template[], scope: object, { ms, size }: RenderLimits): string {
  return liquid.renderSync(templates, scope, { renderLimit: ms, memoryLimit: size });
}

function engine(outputEscape?: (value: unknown) => string): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    // In place of the file system.
    templates: {},
    parseLimit: MOST_TEMPLATE_CHARACTERS,
    ...(outputEscape === undefined ? {} : { outputEscape }),
  });
  keep(liquid.tags, TAGS);
  keep(liquid.filters, FILTERS);
  if (outputEscape !== undefined)
    // JSON is quoted by nature, and is not to be quoted again.
    liquid.registerFilter('json', {
      raw: true,
      handler(value: unknown) {
        const text = JSON.stringify(value ?? null);
        this.context.memoryLimit.use(text.length);
        return text;
      },
    });
  measureOutput(liquid);
  return liquid;
}

function keep(known: Record<string, unknown>, names: string): void {
  const wanted = new Set(names.split(' '));
  for (const name of Object.keys(known)) if (!wanted.has(name)) delete known[name];
}

/** Liquid's own limit counts what filters make; this way it counts what is written too, in captures as well. */
function measureOutput(liquid: Liquid): void {
  const { renderer } = liquid;
  const renderTemplates = renderer.renderTemplates.bind(renderer);
  renderer.renderTemplates = (templates, context, emitter = new MeasuredEmitter(context)) =>
    renderTemplates(templates, context, emitter);
}

class MeasuredEmitter implements Emitter {
  buffer = '';
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  write(value: unknown): void {
    const text = value === null || value === undefined ? '' : String(value);
    this.#context.memoryLimit.use(text.length);
    this.buffer += text;
  }
}
