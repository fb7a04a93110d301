import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { COMPOSE_SETTINGS, SETTINGS } from '@roleforge/config';
import { provideTools } from '@roleforge/testkit';
import { parse } from 'yaml';

type Service = {
  image: string;
  environment?: Record<string, string | number | null>;
  ports?: (string | { host_ip?: string })[];
  volumes?: (string | { type: string; source: string })[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  read_only?: boolean;
  scale?: number;
  profiles?: string[];
};

const FOLDER = join(import.meta.dirname, '../..');
const TEXT = readFileSync(join(FOLDER, 'docker-compose.yml'), 'utf8');
const run = promisify(execFile);
const PASSWORDS = [
  'DATABASE_PASSWORD',
  'DATABASE_ROOT_PASSWORD',
  'REDIS_PASSWORD',
  'ADMIN_API_KEY',
  'BOOTSTRAP_TENANT_KEY',
];
const SECRETS = Object.fromEntries(PASSWORDS.map(name => [name, `secret-of-${name.toLowerCase()}`]));
const PROGRAMS = ['api', 'worker', 'migrate'];
const SERVICE = ['api', 'migrate', 'redis', 'worker'];
const WATCHERS = ['alertmanager', 'grafana', 'otel-collector', 'prometheus'];

type Services = Record<string, Service>;
let compose: Awaited<ReturnType<typeof provideCompose>>;
let plain: Services;
let onMysql: Services;
let watched: Services;
let everything: [string, Service][];

beforeAll(async () => {
  compose = await provideCompose();
  plain = await compose([]);
  onMysql = await compose(['mysql'], { DATABASE_HOST: 'mysql', MARIADB_SCALE: '0' });
  watched = await compose(['observability']);
  everything = Object.entries(await compose(['observability', 'mysql']));
});

/**
 * What compose understands of the file, by profiles: Docker's own plugin where there is one, else Debian's program, which is older. The
 * file has to suit both.
 */
async function provideCompose() {
  const plugin = await run('docker', ['compose', 'version']).catch(() => null);
  const [program, ...args] =
    plugin === null
      ? [(await provideTools({ 'docker-compose': 'docker-compose' }))['docker-compose']]
      : ['docker', 'compose'];
  return async (profiles: string[], env: Record<string, string> = {}): Promise<Services> => {
    const chosen = profiles.flatMap(profile => ['--profile', profile]);
    // .env.example sets nothing: whoever runs the test may have a .env, which is not looked at then.
    const { stdout } = await run(program, [...args, '--env-file', '.env.example', ...chosen, 'config'], {
      cwd: FOLDER,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...SECRETS, ...env },
    });
    const services = Object.entries<Service>(parse(stdout).services);
    // The older program prints those of all profiles.
    return Object.fromEntries(
      services.filter(([, { profiles: of = profiles }]) => of.length === 0 || of.some(each => profiles.includes(each))),
    );
  };
}

describe('docker compose', () => {
  test('starts the service and its stores', () => {
    expect(Object.keys(plain).sort()).toEqual([...SERVICE, 'mariadb'].sort());
    for (const name of PROGRAMS) expect(plain[name]?.environment?.DATABASE_URL).toContain('@mariadb:3306/');
    expect(plain.api?.depends_on).toMatchObject({ migrate: { condition: 'service_completed_successfully' } });
    expect(plain.migrate?.depends_on).toMatchObject({ mariadb: { condition: 'service_healthy' } });
  });

  test('tells the api which models the workers have, and their key to the workers alone', async () => {
    const named = { AI_BASE_URL: 'https://ai.example.com/v1', AI_MODEL: 'm-1', AI_REQUESTS_PER_MINUTE: '600' };
    const { api, worker } = await compose([], { ...named, AI_API_KEY: 'sk-secret' });
    for (const service of [api, worker]) expect(service?.environment).toMatchObject(named);
    expect(worker?.environment?.AI_API_KEY).toBe('sk-secret');
    expect(api?.environment).not.toHaveProperty('AI_API_KEY');
  });

  test('starts MySQL instead of MariaDB', () => {
    expect(Object.keys(onMysql).sort()).toEqual([...SERVICE, 'mariadb', 'mysql'].sort());
    expect(onMysql.mariadb?.scale).toBe(0);
    for (const name of PROGRAMS) expect(onMysql[name]?.environment?.DATABASE_URL).toContain('@mysql:3306/');
    expect(onMysql.mysql?.environment).toMatchObject({ MYSQL_DATABASE: 'roleforge', MYSQL_USER: 'roleforge' });
  });

  test('starts what watches over it, within reach of this machine alone', () => {
    expect(Object.keys(watched).sort()).toEqual([...SERVICE, ...WATCHERS, 'mariadb'].sort());
    for (const name of WATCHERS) {
      expect([name, watched[name]?.read_only]).toEqual([name, true]);
      for (const port of watched[name]?.ports ?? [])
        expect(typeof port === 'string' ? port.split(':')[0] : port.host_ip).toBe('127.0.0.1');
    }
  });
});

describe('docker-compose.yml', () => {
  test('names settings that there are', () => {
    const asked = [...TEXT.matchAll(/(?<!\$)\$\{([A-Z_]+)/g)].map(([, name = '']) => name);
    const known = (name: string) => Object.hasOwn(SETTINGS, name) || COMPOSE_SETTINGS.has(name);
    expect(asked.filter(name => !known(name))).toEqual([]);
    const given = PROGRAMS.flatMap(name => Object.keys(plain[name]?.environment ?? {}));
    expect(given.filter(name => !Object.hasOwn(SETTINGS, name))).toEqual([]);
  });

  test('uses every setting that is compose’s alone', () => {
    const own = [...COMPOSE_SETTINGS].filter(name => name !== 'COMPOSE_PROFILES');
    expect(own.filter(name => !TEXT.includes(`\${${name}`))).toEqual([]);
  });

  test.each(Object.keys(SECRETS))('does not start without %s', name => {
    expect(TEXT).toContain(`\${${name}:?set ${name}}`);
    expect(TEXT.match(new RegExp(`\\$\\{${name}(?!:\\?)`))).toBeNull();
  });

  test('says of every image which version it is', () => {
    for (const [, { image }] of everything)
      expect(image).toMatch(/^(roleforge:local|[a-z/-]+:v?\d+(\.\d+)*(-[a-z]+)?)$/);
  });

  test('has every server looked after, where its image can be', () => {
    const without = everything.filter(([, { healthcheck }]) => healthcheck === undefined).map(([name]) => name);
    expect(without.sort()).toEqual(['migrate', 'otel-collector']);
  });

  test('mounts files that there are', () => {
    const mounts = everything.flatMap(([, { volumes = [] }]) =>
      volumes.map(volume => (typeof volume === 'string' ? (volume.split(':')[0] ?? '') : volume.source)),
    );
    const paths = mounts.filter(source => source.includes('/'));
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter(path => !existsSync(path))).toEqual([]);
  });
});
