import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';

/*
 * No secret ever stands in a log. A run of tests has a folder, `ROLEFORGE_TEST_RUN`: what its tests use as a secret is written down in
 * `secrets`, what their programs log lies in `logs/`, and when all is over the one is looked for in the other.
 */

/** Shorter ones would be found in what is none. */
const SHORTEST_SECRET = 8;
const MOST_SHOWN = 400;

export type SecretFound = {
  file: string;
  /** From 1. */
  line: number;
  /** The secret's beginning, to tell which one it is. */
  hint: string;
  /** The line without the secret. */
  text: string;
};

/** The folder of this run of tests; null where no run has made one. */
function runFolder(): string | null {
  return process.env.ROLEFORGE_TEST_RUN ?? null;
}

/** Writes down what must not be found in a log of this run. Hands it back. */
export function noteSecret(secret: string): string {
  const folder = runFolder();
  if (folder !== null) appendFileSync(join(folder, 'secrets'), `${JSON.stringify(secret)}\n`);
  return secret;
}

/** A new folder for the logs of a test's programs, which are looked through at the end of the run. @throws Error outside a run */
export function newLogFolder(name: string): string {
  const folder = runFolder();
  if (folder === null) throw new Error('The test run has made no folder.');
  const logs = join(folder, 'logs', `${name}-${crypto.randomUUID().slice(0, 8)}`);
  mkdirSync(logs, { recursive: true });
  return logs;
}

/** A logger's destination for what is not started as a program of its own: a file that is looked through at the end of the run. */
export function newLogFile(name: string): Writable {
  const file = join(newLogFolder(name), 'log');
  return new Writable({
    write(chunk, _encoding, done) {
      appendFileSync(file, chunk);
      done();
    },
  });
}

/** Looks for the secrets of a run in its logs. */
export function secretsInLogsOf(folder: string): SecretFound[] {
  return findSecrets(filesIn(join(folder, 'logs')), notedIn(folder));
}

/** How many secrets a run has written down, and how much it has logged. */
export function extentOf(folder: string): { secrets: number; files: number; bytes: number } {
  const files = filesIn(join(folder, 'logs'));
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  return { secrets: notedIn(folder).length, files: files.length, bytes };
}

/** Where one of these secrets stands in one of these files, as it is or as it would stand in a URL or in Base64. */
export function findSecrets(files: readonly string[], secrets: readonly string[]): SecretFound[] {
  const forms = [...new Set(secrets)]
    .filter(secret => secret.length >= SHORTEST_SECRET)
    .flatMap(secret => formsOf(secret).map(form => ({ form, hint: `${secret.slice(0, 10)}…` })));
  return files.flatMap(file => {
    const text = readFileSync(file, 'latin1');
    return forms
      .filter(({ form }) => text.includes(form))
      .map(({ form, hint }) => {
        const line = text.slice(0, text.indexOf(form)).split('\n').length;
        const shown = (text.split('\n')[line - 1] ?? '').replaceAll(form, '•••').slice(0, MOST_SHOWN);
        return { file, line, hint, text: shown };
      });
  });
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  // Its last characters depend on what follows the secret.
  return [...new Set([secret, encodeURIComponent(secret), base64.slice(0, -2)])];
}

function notedIn(folder: string): string[] {
  try {
    const lines = readFileSync(join(folder, 'secrets'), 'utf8').trimEnd().split('\n');
    return [...new Set(lines.map(line => JSON.parse(line) as string))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
