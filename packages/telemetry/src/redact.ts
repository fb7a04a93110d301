/** API keys of RoleForge, bearer tokens, providers' keys, and passwords in addresses. */
const SECRETS =
  /\b(rf_(?:live|admin)_)[A-Za-z0-9_-]+|\b(Bearer\s+)[^\s"',]+|\b(sk-)[A-Za-z0-9_-]{8,}|(:\/\/[^\s:/@"]*:)[^\s@"/]+(?=@)/gi;

/** A line with every secret in it blotted out: the last guard, for what should not have been logged to begin with. */
export function redact(line: string): string {
  return line.replace(SECRETS, (_, ...kept: (string | undefined)[]) => `${kept.slice(0, 4).find(Boolean) ?? ''}***`);
}
