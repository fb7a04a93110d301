import { randomUUID } from 'node:crypto';
import { migrate, openDatabase } from '@roleforge/db';
import { createConnection } from 'mysql2/promise';

export type TestDatabase = { url: string; drop(): Promise<void> };

/** Makes an empty database of its own on a server, or one with the whole schema. */
export async function createTestDatabase(
  serverUrl: string,
  { migrated }: { migrated: boolean },
): Promise<TestDatabase> {
  const name = `roleforge_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await onServer(serverUrl, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  if (migrated) {
    const database = openDatabase({ url: url.href, patienceMs: 30_000 });
    await migrate(database);
    await database.close();
  }
  return { url: url.href, drop: () => onServer(serverUrl, `DROP DATABASE ${name}`) };
}

async function onServer(serverUrl: string, statement: string): Promise<void> {
  const { hostname, port, username, password } = new URL(serverUrl);
  const connection = await createConnection({
    host: hostname,
    port: Number(port === '' ? 3306 : port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  });
  await connection.query(statement);
  await connection.end();
}
