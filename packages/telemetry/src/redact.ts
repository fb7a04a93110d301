/**
 * API keys of RoleForge, secrets that webhooks are signed with, bearer tokens, tokens of identity providers (three parts, or five where
 * encrypted), providers' keys, and passwords in addresses. A pepper looks like any text, and so must never get here.
 */
const SECRETS =
  /\b(rf_(?:live|admin)_)[A-Za-z0-9_-]+|\b(Bearer\s+)[^\s"',]+|\b(sk-)[A-Za-z0-9_-]{8,}|(:\/\/[^\s:/@"]*:)[^\s"/]+(?=@)|\b(whsec_)[A-Za-z0-9+/=_-]+|\b(eyJ)[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2,4}/gi;

/** A text with every secret in it blotted out: the last guard, for what should not have been logged to begin with. */
export function redact(text: string): string {
  return text.replace(SECRETS, (_, ...kept: (string | undefined)[]) => `${kept.slice(0, 6).find(Boolean) ?? ''}***`);
}

/** Whether a line may hold a secret at all. Most do not, and looking is cheaper than replacing. */
const SUSPECT = /rf_|bearer|sk-|:\/\/|whsec_|eyj/i;

/** A value as JSON with every secret in it blotted out, before quotes and line feeds are escaped and hide where one begins or ends. */
export function redactedJson(value: unknown): string {
  const plain = JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
  if (plain === undefined || !SUSPECT.test(plain)) return plain;
  return JSON.stringify(JSON.parse(plain), (_, inner) => (typeof inner === 'string' ? redact(inner) : inner));
}
