import { describe, expect, test } from '@jest/globals';
import { createTestDatabase, testServers } from '@roleforge/testkit';
import { openDatabase } from './index.ts';
import { migrateNext } from './migrate.ts';
import { breaksOf, readSchema, type Schema } from './schema-breaks.fixture.ts';

/**
 * What migrations break for the release before them. Those of before the first release had none before them. From then on an entry
 * takes away what the release before has ceased to use, and says since when.
 */
const AGREED: Record<string, string[]> = {
  '0003-steering': ['role_creations.limited_attempts is gone', 'index role_creations.by_status is gone'],
  '0004-writer': ['index role_versions.one_version_a_creation has other columns'],
  '0005-tenants': ['api_keys.id must be given'],
};

test('no migration breaks what the release before it does, beyond what was agreed', async () => {
  const own = await createTestDatabase(testServers().databaseUrl, { migrated: false });
  const database = openDatabase({ url: own.url, patienceMs: 10_000 });
  try {
    let before = await readSchema(database);
    const found: Record<string, string[]> = {};
    for (let name = await migrateNext(database); name !== null; name = await migrateNext(database)) {
      const after = await readSchema(database);
      const breaks = breaksOf(before, after);
      if (breaks.length > 0) found[name] = breaks;
      before = after;
    }
    expect(found).toEqual(AGREED);
  } finally {
    await database.close();
    await own.drop();
  }
});

describe('a change of the schema', () => {
  const schema = (columns: Record<string, string>, indexes: Record<string, string> = {}): Schema => ({
    columns: new Map(
      Object.entries(columns).map(([name, text]) => [
        `tea.${name}`,
        { type: text.split(' ')[0] ?? '', nullable: text.includes('null'), filled: text.includes('default') },
      ]),
    ),
    indexes: new Map(
      Object.entries(indexes).map(([name, text]) => [
        `tea.${name}`,
        { unique: text.startsWith('unique '), columns: text.replace('unique ', '').split(',') },
      ]),
    ),
  });
  const before = schema({ id: 'int', leaf: 'text null' }, { by_id: 'unique id' });

  test.each<[string, Schema, string[]]>([
    ['that adds a column which may be left out', schema({ id: 'int', leaf: 'text null', price: 'int null' }), []],
    ['that adds one with a default', schema({ id: 'int', leaf: 'text null', price: 'int default' }), []],
    [
      'that adds one which must be given',
      schema({ id: 'int', leaf: 'text null', price: 'int' }),
      ['tea.price must be given'],
    ],
    ['that takes a column away, or renames it', schema({ id: 'int', blatt: 'text null' }), ['tea.leaf is gone']],
    ['that changes a type', schema({ id: 'bigint', leaf: 'text null' }), ['tea.id has another type']],
    ['that demands a value', schema({ id: 'int', leaf: 'text' }), ['tea.leaf must be given']],
  ])('%s', (_, { columns }, breaks) => {
    expect(breaksOf(before, { columns, indexes: before.indexes })).toEqual(breaks);
  });

  test.each<[string, Record<string, string>, string[]]>([
    ['that adds an index', { by_id: 'unique id', by_leaf: 'leaf' }, []],
    [
      'that adds a unique one of what the release before writes',
      { by_id: 'unique id', by_leaf: 'unique leaf' },
      ['index tea.by_leaf is unique'],
    ],
    ['that adds a unique one of a new column', { by_id: 'unique id', by_price: 'unique price' }, []],
    ['that takes an index away', {}, ['index tea.by_id is gone']],
    ['that changes one', { by_id: 'unique id,leaf' }, ['index tea.by_id has other columns']],
  ])('%s', (_, indexes, breaks) => {
    const after = schema({ id: 'int', leaf: 'text null', price: 'int null' }, indexes);
    expect(breaksOf(before, after)).toEqual(breaks);
  });

  test('that makes a table breaks nothing', () => {
    expect(breaksOf({ columns: new Map(), indexes: new Map() }, before)).toEqual([]);
  });
});
