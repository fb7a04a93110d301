/**
 * API keys of RoleForge, secrets that webhooks are signed with, bearer tokens, tokens of identity providers (three parts, or five where
 * encrypted), providers' keys, and passwords in addresses. A pepper looks like any text, and has to be known. In a path, what stands
 * before a secret may be the end of `%20`, and it may be escaped itself.
 */
const SECRETS =
  /(rf_(?:live|admin)_)[A-Za-z0-9_%-]+|(?:\b|(?<=%[0-9a-f]{2}))(Bearer(?:\s|%20|\+)+)[^\s"',]+|(?:\b|(?<=%[0-9a-f]{2}))(sk-)[A-Za-z0-9_%-]{8,}|(:\/\/[^\s:/@"]*:)[^\s"/]+(?=@)|(whsec_)[A-Za-z0-9+/=_%-]+|(?:\b|(?<=%[0-9a-f]{2}))(eyJ)[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2,4}/gi;

/** Shorter ones would be found in what is none. */
const SHORTEST_KNOWN = 8;

/** The forms in which secrets that are known by themselves may stand in a text: as they are, and as in a URL. */
export function formsOf(secrets: readonly string[]): readonly string[] {
  const long = secrets.filter(secret => secret.length >= SHORTEST_KNOWN);
  return [...new Set(long.flatMap(secret => [secret, encodeURIComponent(secret)]))];
}

/**
 * A text with every secret in it blotted out: the last guard, for what should not have been logged to begin with.
 * @param known forms of secrets that look like any text
 */
export function redact(text: string, known: readonly string[] = []): string {
  const rest = known.reduce((left, form) => left.replaceAll(form, '***'), text);
  return rest.replace(SECRETS, (_, ...kept: (string | undefined)[]) => `${kept.slice(0, 6).find(Boolean) ?? ''}***`);
}

/** Whether a line may hold a secret at all. Most do not, and looking is cheaper than replacing. */
const SUSPECT = /rf_|bearer|sk-|:\/\/|whsec_|eyj/i;

/** A value as JSON with every secret in it blotted out, before quotes and line feeds are escaped and hide where one begins or ends. */
export function redactedJson(value: unknown, known: readonly string[] = []): string {
  const plain = toJson(value);
  if (plain === undefined || !(SUSPECT.test(plain) || escaped(known).some(form => plain.includes(form)))) return plain;
  return JSON.stringify(JSON.parse(plain), (_, inner) => (typeof inner === 'string' ? redact(inner, known) : inner));
}

/** A replacer would be called for each value, and doubles what a line costs; it is needed for numbers alone that JSON has no form for. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
  }
}

const ESCAPED = new WeakMap<readonly string[], readonly string[]>();

/** Known forms as they would stand in JSON. */
function escaped(known: readonly string[]): readonly string[] {
  const before = ESCAPED.get(known);
  if (before !== undefined) return before;
  const forms = known.map(form => JSON.stringify(form).slice(1, -1));
  ESCAPED.set(known, forms);
  return forms;
}
