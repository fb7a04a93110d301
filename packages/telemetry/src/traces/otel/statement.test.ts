import { expect, test } from '@jest/globals';
import { statementOf } from './statement.ts';

test.each([
  ['select `id` from `role_creations` where `id` = ?', 'SELECT role_creations', 'role_creations'],
  ['INSERT INTO role_creations (id, status) VALUES ?', 'INSERT role_creations', 'role_creations'],
  ['INSERT IGNORE INTO `idempotency_keys` (k) VALUES (?)', 'INSERT idempotency_keys', 'idempotency_keys'],
  ['update `webhook_deliveries` set `url` = ?', 'UPDATE webhook_deliveries', 'webhook_deliveries'],
  ['delete from `model_calls` where id = ?', 'DELETE model_calls', 'model_calls'],
  ['BEGIN;', 'BEGIN', undefined],
  ['', 'QUERY', undefined],
])('%j is shown as %j', (sql, name, table) => {
  const shown = statementOf(sql);
  expect(shown.name).toBe(name);
  expect(shown.fields).toMatchObject({ 'db.operation.name': name.split(' ')[0], 'db.query.text': sql });
  expect(shown.fields['db.collection.name']).toBe(table);
});

test('of a long statement the beginning is shown', () => {
  const text = String(statementOf(`INSERT INTO t VALUES ${'(?, ?), '.repeat(1_000)}`).fields['db.query.text']);
  expect(text).toMatch(/^INSERT INTO t VALUES .*…$/);
  expect(text.length).toBeLessThan(1_100);
});
