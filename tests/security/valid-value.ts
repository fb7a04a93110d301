import { fillPath, type Operation, type Schema, type ServiceDocument } from './operations.ts';

/** Values that a field of this name is given, whatever its schema would let pass: names and numbers of things that there are. */
export type KnownValues = Record<string, unknown>;

/** Where a text has to have a form: something in that form. */
const FORMS: [form: RegExp, text: string][] = [
  [/^\^\[A-Z\]\{3\}/, 'EUR'],
  [/^\^\[A-Za-z\]\{2,3\}/, 'en'],
];

/**
 * A value that a schema of the document lets pass: with all that is required and, where `whole`, all that may be there too. Examples of
 * the document's go before what is made up.
 */
export function validValue(
  schema: Schema,
  schemas: Record<string, Schema>,
  { known = {}, whole = false }: { known?: KnownValues; whole?: boolean } = {},
): unknown {
  const make = (part: Schema, name?: string): unknown => {
    if (name !== undefined && name in known) return known[name];
    const { $ref, ...rest } = part;
    if ($ref !== undefined) return make({ ...schemas[$ref.split('/').at(-1) as string], ...rest });
    if (part.const !== undefined) return part.const;
    if (part.enum !== undefined) return part.enum[0];
    const [choice] = part.anyOf ?? part.oneOf ?? [];
    if (choice !== undefined) return make(choice);
    if (part.properties !== undefined || part.type === 'object') return object(part);
    if (part.example !== undefined) return part.example;
    return plain(part);
  };
  const object = ({ properties = {}, required = [], example }: Schema): object => {
    const given = Object.keys(properties).filter(name => whole || required.includes(name));
    const made = Object.fromEntries(given.map(name => [name, make(properties[name] as Schema, name)]));
    const shown = typeof example === 'object' && example !== null ? (example as object) : {};
    const ours = Object.fromEntries(Object.keys(shown).flatMap(name => (name in known ? [[name, known[name]]] : [])));
    return { ...made, ...shown, ...ours };
  };
  const plain = (part: Schema): unknown => {
    const [type] = [part.type].flat();
    if (type === 'array')
      return Array.from({ length: Math.max(1, part.minItems ?? 0) }, () => make(part.items as Schema));
    if (type === 'integer' || type === 'number') return part.minimum ?? (part.exclusiveMinimum ?? 0) + 1;
    if (type === 'boolean') return true;
    if (type === 'null') return null;
    return text(part);
  };
  return make(schema);
}

/** The address of a call with these path parameters, and with the query parameters that it cannot do without. */
export function addressOf(
  { path, parameters }: Operation,
  { schemas }: ServiceDocument,
  values: Record<string, string>,
): string {
  const needed = parameters.filter(parameter => parameter.in === 'query' && parameter.required === true);
  const query = new URLSearchParams(
    Object.fromEntries(needed.map(({ name, schema }) => [name, String(validValue(schema, schemas))])),
  );
  return `${fillPath(path, values)}${needed.length === 0 ? '' : `?${query}`}`;
}

function text({ format, pattern, minLength = 0, maxLength = 20 }: Schema): string {
  if (format === 'date-time') return '2031-01-01T00:00:00Z';
  if (format === 'date') return '2026-01-01';
  if (format === 'uri') return 'https://example.com/hook';
  const known = FORMS.find(([form]) => pattern !== undefined && form.test(pattern));
  if (known !== undefined) return known[1];
  return 'sample'.padEnd(minLength, 'x').slice(0, Math.max(1, maxLength));
}
