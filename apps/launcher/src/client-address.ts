/** `?ssl-…=` of a database's URL that name files, as the clients' options do. */
const TLS_FILES = ['ssl-ca', 'ssl-cert', 'ssl-key'];

/** Options that tell a client program of MariaDB's or MySQL's where a database is, and what it is called; not the password, which all could see. */
export function clientAddress(databaseUrl: string, program: string): string[] {
  const { hostname, port, username, pathname, searchParams } = new URL(databaseUrl);
  return [
    '--protocol=tcp',
    `--host=${hostname}`,
    `--port=${port === '' ? 3306 : port}`,
    `--user=${decodeURIComponent(username)}`,
    ...TLS_FILES.flatMap(name => (searchParams.has(name) ? [`--${name}=${searchParams.get(name)}`] : [])),
    ...tlsMode(searchParams.get('ssl-mode'), program),
    decodeURIComponent(pathname.slice(1)),
  ];
}

/** MySQL's clients take the mode by its name, MariaDB's have an option for each. */
function tlsMode(mode: string | null, program: string): string[] {
  if (mode === null) return [];
  if (!program.startsWith('mariadb')) return [`--ssl-mode=${mode}`];
  return mode.startsWith('VERIFY') ? ['--ssl', '--ssl-verify-server-cert'] : ['--ssl'];
}
