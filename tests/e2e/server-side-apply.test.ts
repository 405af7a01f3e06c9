/**
 * kubectl apply in all its forms against a control plane: on the server with conflicts, client-side to server-side, diff, prune, last-applied.
 * Nothing runs here, so no agent is started.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';

let cluster: TestCluster;
let dir: string;
beforeAll(async () => {
  cluster = await startCluster({ name: 'ssa', withoutAgent: true });
  dir = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'ssa-'));
}, 180_000);
afterAll(async () => {
  await cluster?.stop();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

const file = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};
const config = (name: string, data: Readonly<Record<string, string>>, labels = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${labels}data:\n${Object.entries(data)
    .map(([key, value]) => `  ${key}: "${value}"\n`)
    .join('')}`;
const data = async (name: string): Promise<unknown> => JSON.parse(await cluster.ok(['get', 'configmap', name, '-o', 'jsonpath={.data}']));
const managers = async (name: string): Promise<string> =>
  cluster.ok([
    'get',
    'configmap',
    name,
    '--show-managed-fields',
    '-o',
    'jsonpath={range .metadata.managedFields[*]}{.manager} {.operation},{end}',
  ]);

describe('kubectl apply --server-side', () => {
  it('applies, conflicts with an edit, and takes it over when told to', async () => {
    const a = file('a.yaml', config('a', { x: '1', b: '1' }));
    expect(await cluster.ok(`apply --server-side -f ${a}`)).toBe('configmap/a serverside-applied\n');
    await cluster.ok(['patch', 'configmap', 'a', '--type', 'merge', '-p', '{"data":{"x":"2"}}']);
    const refused = await cluster.kubectl(`apply --server-side -f ${a}`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('error: Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.x\n');
    await cluster.ok(`apply --server-side --force-conflicts -f ${a}`);
    expect([await data('a'), await managers('a')]).toEqual([{ x: '1', b: '1' }, 'kubectl Apply,']);
    file('a.yaml', config('a', { b: '1' }));
    await cluster.ok(`apply --server-side -f ${a}`);
    expect(await data('a')).toEqual({ b: '1' });
  });

  it('shares fields between managers', async () => {
    const b = file('b.yaml', config('b', { x: '1' }));
    await cluster.ok(`apply --server-side --field-manager=one -f ${b}`);
    await cluster.ok(`apply --server-side --field-manager=two -f ${b}`);
    file('b.yaml', config('b', {}).replace('\ndata:\n', '\n'));
    await cluster.ok(`apply --server-side --field-manager=one -f ${b}`);
    expect([await data('b'), await managers('b')]).toEqual([{ x: '1' }, 'two Apply,']);
  });

  it('shows differences, and what would be without doing it', async () => {
    const c = file('c.yaml', config('c', { x: '1' }));
    expect(await cluster.ok(`apply --server-side --dry-run=server -f ${c}`)).toBe('configmap/c serverside-applied (server dry run)\n');
    expect((await cluster.kubectl('get configmap c')).code).toBe(1);
    await cluster.ok(`apply --server-side -f ${c}`);
    expect((await cluster.kubectl(`diff --server-side -f ${c}`)).code).toBe(0);
    file('c.yaml', config('c', { x: '2' }));
    const diff = await cluster.kubectl(`diff --server-side -f ${c}`);
    expect([diff.code, diff.stdout]).toEqual([1, expect.stringMatching(/^-\s+x: "1"\n\+\s+x: "2"$/m)]);
  });

  it('refuses a field no schema knows', async () => {
    const bad = file('bad.yaml', `${config('bad', { x: '1' })}spec: {}\n`);
    const { code, stderr } = await cluster.kubectl(`apply --server-side -f ${bad}`);
    expect([code, stderr]).toEqual([1, expect.stringContaining('.spec: field not declared in schema')]);
  });
});

describe('client-side apply', () => {
  it('becomes server-side apply, which then removes what is dropped', async () => {
    const d = file('d.yaml', config('d', { x: '1', b: '1' }));
    await cluster.ok(`apply -f ${d}`);
    expect(await managers('d')).toBe('kubectl-client-side-apply Update,');
    file('d.yaml', config('d', { x: '1' }));
    await cluster.ok(`apply --server-side -f ${d}`);
    // the older first, by whole seconds
    const found = (await managers('d')).split(',').sort();
    expect([await data('d'), found]).toEqual([{ x: '1' }, ['', 'kubectl Apply', 'kubectl-last-applied Apply']]);
  });

  it('edits, sets and views what was last applied', async () => {
    const e = file('e.yaml', config('e', { x: '1' }));
    await cluster.ok(`apply -f ${e}`);
    const editor = file('editor', '#!/bin/sh\nsed -i \'s/x: "1"/x: "7"/\' "$1"\n');
    const edited = await cluster.ok('apply edit-last-applied configmap/e', { env: { EDITOR: `sh ${editor}` } });
    expect(edited).toBe('configmap/e edited\n');
    expect(await cluster.ok('apply view-last-applied configmap/e')).toContain('x: "7"');
    await cluster.ok(`apply set-last-applied -f ${e}`);
    expect(await cluster.ok('apply view-last-applied configmap/e')).toContain('x: "1"');
  });

  it('prunes what is not in the set any more', async () => {
    const labels = '  labels:\n    set: s\n';
    const set = file('set.yaml', [config('one', { x: '1' }, labels), config('two', { x: '1' }, labels)].join('---\n'));
    await cluster.ok(`apply -f ${set}`);
    file('set.yaml', config('one', { x: '1' }, labels));
    const pruned = await cluster.ok(`apply -f ${set} --prune -l set=s --prune-allowlist=core/v1/ConfigMap`);
    expect(pruned).toBe('configmap/one unchanged\nconfigmap/two pruned\n');
  });
});
