import { getTableConfig } from 'drizzle-orm/sqlite-core';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { migrations, schemaVersion } from './migrations.ts';
import { tables } from './tables.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

function migrated(): Database.Database {
  const database = new Database(':memory:');
  for (const { statements } of migrations) for (const sql of statements) database.exec(sql);
  return database;
}

describe('migrations', () => {
  it('are numbered without gaps', () => {
    expect(migrations.map((migration) => migration.version)).toEqual(migrations.map((_, index) => index + 1));
    expect(schemaVersion).toBe(migrations.length);
  });

  it('hold one statement a string, short enough to be stored on a server', () => {
    const database = new Database(':memory:');
    for (const sql of migrations.flatMap((migration) => migration.statements)) {
      expect(sql.length).toBeLessThan(5_000);
      expect(database.prepare(sql).run()).toBeDefined();
    }
  });

  it.each(tables.map((table) => [getTableConfig(table).name, table] as const))('make the table %s as it is described', (name, table) => {
    const { columns, indexes } = getTableConfig(table);
    const database = migrated();
    const actual = database.prepare(`SELECT name, type, "notnull", pk FROM pragma_table_info('${name}')`).all() as Column[];
    const described = columns.map((column) => [column.name, column.getSQLType().toUpperCase(), column.notNull]);
    expect(actual.map((column) => [column.name, column.type, column.notnull === 1 || column.pk > 0])).toEqual(described);
    const made = database.prepare(`SELECT name FROM pragma_index_list('${name}') WHERE origin = 'c' ORDER BY name`).all() as {
      name: string;
    }[];
    expect(made.map((index) => index.name)).toEqual(indexes.map((index) => index.config.name).toSorted());
  });

  it('leave no table undescribed', () => {
    const made = migrated().prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`).all();
    expect((made as { name: string }[]).map((table) => table.name)).toEqual(tables.map((table) => getTableConfig(table).name).toSorted());
  });
});
