/** Another living process holds the data folder. */
export class DataDirInUse extends Error {
  readonly code = 'data_dir_in_use';
  readonly pid: number;

  constructor(dataDir: string, pid: number) {
    super(`DATA_DIR ${dataDir} is in use by process ${pid}; stop it, or set DATA_DIR to another folder`);
    this.name = 'DataDirInUse';
    this.pid = pid;
  }
}

/** Something needed for a server did not run to its end or did not become ready; the message closes with what it printed last. */
export class ServerStartFailed extends Error {
  readonly code = 'server_start_failed';

  constructor(what: string, lastLines: string) {
    super(lastLines === '' ? what : `${what}; it printed last:\n${lastLines}`);
    this.name = 'ServerStartFailed';
  }
}

/** This machine offers no way to start the servers. */
export class NoServersAvailable extends Error {
  readonly code = 'no_servers_available';

  constructor(missing: readonly string[]) {
    super(
      `${missing.join(' and ')} not found, and Docker does not answer. Do one of three: install redis-server and mariadb-server; ` +
        'install Docker with its compose plugin and start it; or set REDIS_URL and DATABASE_URL to servers of your own.',
    );
    this.name = 'NoServersAvailable';
  }
}
