/** The plans of the statements: an index that is no longer used shows here, long before it shows in a cluster. */
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { migrations } from '#db/migrations.ts';
import { compactStatements, nextStepStatement, trimStatements } from './compaction.ts';
import { create, key, remove } from './contract/fixture.ts';
import type { Statement } from './driver.ts';
import { dumpStatement } from './dump.ts';
import {
  asOfStatement,
  purgeStatement,
  resourcesInStatement,
  revisionAtStatement,
  versionStatement,
  versionsStatement,
} from './history-sql.ts';
import { changesStatement, countStatement, getManyStatement, getStatement, inOrder, listStatement } from './read-sql.ts';
import { defaultRetention } from './retention.ts';
import { committedStatement, countStatement as countUsage, insertStatement, reasonStatement, usageStatement } from './write-sql.ts';

const database = new Database(':memory:');
for (const sql of migrations.flatMap((migration) => migration.statements)) database.exec(sql);

/** Full scans of tables that grow. */
function scans({ sql, args }: Statement): string[] {
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(args) as { detail: string }[];
  return plan
    .map((step) => step.detail)
    .filter(
      (detail) =>
        /^SCAN /.test(detail) &&
        !/^SCAN (\d+ CONSTANT ROWS|CONSTANT ROW|\(?(sub|co-?routine)|(k|l|c|r|search|sqlite_sequence)( |$)|wanted|scope|json_each|page|moved)/i.test(
          detail,
        ),
    );
}

const guards = {
  ownerUid: 'u',
  namespaceAlive: true,
  namespaceEmpty: 'n',
  noDependents: 'u',
  ownersGone: ['u'],
  quota: [{ counter: 'pods', hard: 1 }],
};
const object = { ...key('a'), uid: 'u', revision: 1, body: '{}' };
const pending = (write: ReturnType<typeof create>) => ({ write, writeId: 'w', epoch: 1, atMs: 1 });
const list = { resource: 'core/pods', limit: 10, after: { namespace: 'a', name: 'b' } };

const statements: Record<string, Statement> = {
  get: getStatement(key('a')),
  'get many': getManyStatement([key('a'), key('b')]),
  list: listStatement(list),
  'list of a namespace': listStatement({ ...list, namespace: 'a' }),
  'list of a node': listStatement({ ...list, node: 'n' }),
  'list at a revision': listStatement({ ...list, atRevision: 5 }),
  'list of a node at a revision': listStatement({ ...list, node: 'n', atRevision: 5 }),
  'list by labels': listStatement({
    ...list,
    atRevision: 5,
    labels: Array.from({ length: 99 }, () => ({ key: 'app', operator: 'notIn', values: ['a'] })),
  }),
  count: countStatement(list),
  changes: changesStatement({ after: 5 }),
  'changes of resources': changesStatement({ after: 5, resources: ['core/pods', 'core/nodes'] }),
  create: insertStatement(pending(create(key('a'), { guards, claims: [{ scope: 's', value: 'v' }] })), true),
  delete: insertStatement(pending(remove(object, { guards })), false),
  reason: reasonStatement(pending(create(key('a'), { guards, claims: [{ scope: 's', value: 'v' }] }))),
  committed: committedStatement(pending(create(key('a')))),
  'begin to count': countUsage('a', ['pods']),
  usage: usageStatement('a', ['pods']),
  'next step of compaction': nextStepStatement(5, 100),
  ...Object.fromEntries(compactStatements(5, defaultRetention).map((statement, index) => [`compaction ${index + 1}`, statement])),
  ...Object.fromEntries(
    trimStatements([{ resource: 'core/pods', bytes: 1e9 }], defaultRetention).map((statement, index) => [`trim ${index + 1}`, statement]),
  ),
  versions: versionsStatement({ key: key('a'), before: 7 }),
  version: versionStatement(key('a'), 7),
  'as of a revision': asOfStatement({ resource: 'core/pods', namespace: 'a', revision: 7, after: { namespace: 'a', name: 'b' } }),
  'a page of a dump': dumpStatement(3, 9),
  'kinds in a namespace': resourcesInStatement('a', ['core/pods']),
  'revision at a time': revisionAtStatement(7),
  purge: purgeStatement({ resource: 'core/pods', namespace: 'a' }),
};

describe('statements', () => {
  it.each(Object.entries(statements))('%s reads by index', (_name, statement) => {
    expect(scans(statement)).toEqual([]);
  });

  it('lists of a node go by the node', () => {
    const { sql, args } = statements['list of a node']!;
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(args) as { detail: string }[];
    expect(plan.map((step) => step.detail).join('\n')).toContain('objects_node');
  });

  it.each(['list', 'list at a revision', 'list by labels'])('%s sorts nothing that holds bodies', (name) => {
    const { sql, args } = statements[name]!;
    const plan = (database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(args) as { detail: string }[]).map(({ detail }) => detail);
    expect(plan.slice(plan.indexOf('SCAN page'))).toEqual(['SCAN page', 'SEARCH c USING INTEGER PRIMARY KEY (rowid=?)']);
  });

  it('rows of a list are put in order where they are not', () => {
    const rows = [{ place: 1 }, { place: 2 }, { place: 3 }];
    expect(inOrder(rows)).toBe(rows);
    expect(inOrder([rows[2]!, rows[0]!, rows[1]!])).toEqual(rows);
    expect(inOrder([])).toEqual([]);
  });

  it('are short enough to be stored on a server', () => {
    for (const { sql } of Object.values(statements)) expect(sql.length).toBeLessThan(5_000);
  });
});
