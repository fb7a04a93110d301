type Named = Readonly<Record<string, string | undefined>>;

/** Settings of the one provider that AI_BASE_URL names; in a file each provider has its own. */
const OF_ONE_PROVIDER = [
  'AI_BASE_URL',
  'AI_MODEL',
  'AI_API_KEY',
  'AI_STREAMING',
  'AI_REQUESTS_PER_MINUTE',
  'AI_TOKENS_PER_MINUTE',
];

/** The setting that comes first cannot do without the other. */
const NEEDED_TOGETHER = [
  ['REDIS_URL', 'DATABASE_URL'],
  ['DATABASE_URL', 'REDIS_URL'],
  ['DATABASE_READ_URL', 'DATABASE_URL'],
  ['AI_BASE_URL', 'AI_MODEL'],
  ['AI_MODEL', 'AI_BASE_URL'],
  ['AI_API_KEY', 'AI_BASE_URL'],
  ['OIDC_ISSUER', 'OIDC_AUDIENCE'],
  ['OIDC_AUDIENCE', 'OIDC_ISSUER'],
  ['OIDC_JWKS_URL', 'OIDC_ISSUER'],
  ['OIDC_TENANT_CLAIM', 'OIDC_ISSUER'],
] as const;

/**
 * Why settings do not fit each other, in one line that names them; null where they do. What contradicts is found before what
 * is missing: adding what is missing would only lead to the contradiction.
 * @param named what was set, without empty values and without defaults
 */
export function misfitOf(named: Named): string | null {
  const there = (name: string) => named[name] !== undefined;
  const needless = there('AI_PROVIDERS') ? OF_ONE_PROVIDER.filter(there) : [];
  if (needless.length > 0)
    return `${needless.join(', ')} cannot be set together with AI_PROVIDERS: its file says that of each provider`;
  const alone = NEEDED_TOGETHER.find(([name, other]) => there(name) && !there(other));
  if (alone !== undefined) return `${alone[1]} is missing: it is needed together with ${alone[0]}`;
  if (there('VIEWER_API_KEY') && named.VIEWER_API_KEY === named.ADMIN_API_KEY)
    return 'VIEWER_API_KEY is the same as ADMIN_API_KEY: whoever may only look would be the operator';
  return null;
}
