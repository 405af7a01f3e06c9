/** What may remove an object from a node's view, and what must not. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '#schema/resource.ts';
import { type ViewMessage, viewDigest } from '#schema/sync/protocol.ts';
import { openViewDisk } from './view-disk.ts';
import { createViewStore } from './view-store.ts';

const identity = { clusterUid: 'c1', node: 'n1' };

const object = (name: string, resourceVersion: string, more: object = {}): KubeObject =>
  ({ metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion }, ...more }) as KubeObject;

const pod = (name: string, version = '1') => [`core/pods/default/${name}`, object(name, version)] as const;

const whole = (revision: number, entries: readonly (readonly [string, KubeObject])[], more: Partial<ViewMessage> = {}): ViewMessage => ({
  type: 'view',
  clusterUid: 'c1',
  incarnation: 'i1',
  revision,
  complete: true,
  put: Object.fromEntries(entries),
  remove: [],
  digest: viewDigest(entries.map(([key, it]) => [key, it.metadata.resourceVersion ?? ''])),
  ...more,
});

const names = (view: { list(resource: string): readonly KubeObject[] }): (string | undefined)[] =>
  view.list('core/pods').map((it) => it.metadata.name);

describe('createViewStore', () => {
  it('applies a whole view and differences, and tells of what changed', () => {
    const view = createViewStore(identity, undefined);
    const seen: string[][] = [];
    view.onChange((changed) => seen.push([...changed].sort()));
    expect(view.complete).toBe(false);
    view.apply(whole(1, [pod('a'), pod('b')]));
    expect([view.complete, view.trusted, names(view)]).toEqual([true, true, ['a', 'b']]);
    const delta = whole(2, [pod('a', '2')], {
      base: 1,
      remove: ['core/pods/default/b'],
      digest: viewDigest([['core/pods/default/a', '2']]),
    });
    expect(view.apply(delta).result).toBe('applied');
    expect(names(view)).toEqual(['a']);
    expect(seen).toEqual([
      ['core/pods/default/a', 'core/pods/default/b'],
      ['core/pods/default/a', 'core/pods/default/b'],
    ]);
  });

  it('asks for everything when a difference does not fit or the digest is another', () => {
    const view = createViewStore(identity, undefined);
    view.apply(whole(5, [pod('a')]));
    expect(view.apply(whole(7, [pod('b')], { base: 6 })).result).toBe('resync');
    expect(view.apply(whole(7, [pod('b')], { base: 5, digest: 'wrong' })).result).toBe('resync');
    expect([view.revision, names(view)]).toEqual([5, ['a']]);
  });

  it('refuses another cluster and an older revision', () => {
    const view = createViewStore(identity, undefined);
    view.apply(whole(5, [pod('a')]));
    expect(view.apply(whole(9, [], { clusterUid: 'c2' })).result).toBe('refused');
    expect(view.apply(whole(4, [])).result).toBe('refused');
    expect(names(view)).toEqual(['a']);
  });

  it('removes nothing because of a view that is not complete', () => {
    const view = createViewStore(identity, undefined);
    view.apply(whole(5, [pod('a'), pod('b')]));
    view.apply(whole(6, [pod('b')], { complete: false }));
    expect([view.complete, view.trusted, names(view)]).toEqual([false, false, ['b', 'a']]);
    view.apply(whole(7, [pod('b')]));
    expect([view.complete, view.trusted, names(view)]).toEqual([true, true, ['b']]);
  });

  it('keeps every pod when an emptied or restored control plane does not know it', () => {
    const view = createViewStore(identity, undefined);
    const secret = ['core/secrets/default/s', object('s', '1')] as const;
    view.apply(whole(900, [pod('a'), pod('b'), secret]));
    view.apply(whole(3, [pod('b', '2')], { incarnation: 'i2' }));
    expect(names(view)).toEqual(['b', 'a']);
    expect(view.get('core/secrets/default/s')).toBeDefined();
    expect([view.complete, view.trusted, view.retained]).toEqual([true, false, ['core/pods/default/a']]);
    // also later views of the new incarnation do not remove it
    view.apply(whole(4, [pod('b', '2')], { incarnation: 'i2' }));
    expect(names(view)).toEqual(['b', 'a']);
    // what the new incarnation had and no longer has does go
    view.apply(whole(5, [], { incarnation: 'i2' }));
    expect(names(view)).toEqual(['a']);
    // and the old one back again may say so
    view.apply(whole(901, [], { incarnation: 'i1' }));
    expect([names(view), view.trusted]).toEqual([[], true]);
    expect(view.get('core/secrets/default/s')).toBeUndefined();
  });

  it('keeps no pod whose end its own control plane had asked for', () => {
    const view = createViewStore(identity, undefined);
    const ending = object('a', '2', { metadata: { ...object('a', '2').metadata, deletionTimestamp: '2030-01-01T00:00:00Z' } });
    view.apply(whole(9, [['core/pods/default/a', ending], pod('b')]));
    // the word that it is gone was lost with the control plane
    view.apply(whole(3, [], { incarnation: 'i2' }));
    expect([names(view), view.retained]).toEqual([['b'], ['core/pods/default/b']]);
  });

  it('ends kept pods that a person lets go of, and no others', () => {
    const node = (annotation: string, version: string) =>
      [
        'core/nodes//n1',
        { metadata: { name: 'n1', resourceVersion: version, annotations: { 'kedge.dev/let-go': annotation } } } as KubeObject,
      ] as const;
    const view = createViewStore(identity, undefined);
    view.apply(whole(9, [pod('a'), pod('b'), pod('c')], { incarnation: 'incarnation-one' }));
    const second = { incarnation: 'incarnation-two'.slice(5) };
    view.apply(whole(1, [pod('d'), node('', '1')], second));
    expect(names(view)).toEqual(['d', 'a', 'b', 'c']);
    view.apply(whole(2, [pod('d'), node('incarnat', '2')], second));
    expect(names(view)).toEqual(['d', 'a', 'b', 'c']);
    view.apply(whole(3, [pod('d'), node('nation-t:default/a,other/b', '3')], second));
    expect(names(view)).toEqual(['d', 'b', 'c']);
    view.apply(whole(4, [pod('d'), node('nation-t', '4')], second));
    expect([names(view), view.trusted]).toEqual([['d'], true]);
    // the next loss finds the annotation still there
    view.apply(whole(5, [node('nation-t', '4')], { incarnation: 'three' }));
    expect(names(view)).toEqual(['d']);
  });

  it('keeps the mark of its newest view, over a restart too, and none of another incarnation', () => {
    const view = createViewStore(identity, undefined);
    view.apply(whole(1, [pod('a')], { mark: 'm1' }));
    view.apply(whole(2, [pod('a')]));
    expect([view.mark, createViewStore(identity, view.stored()).mark]).toEqual(['m1', 'm1']);
    view.apply(whole(1, [pod('a')], { incarnation: 'i2' }));
    expect(view.mark).toBeUndefined();
  });

  it('lets a Service of the new incarnation have its address', () => {
    const service = (name: string) => [`core/services/default/${name}`, object(name, '1', { spec: { clusterIP: '10.96.0.9' } })] as const;
    const view = createViewStore(identity, undefined);
    view.apply(whole(9, [pod('a'), service('old')]));
    view.apply(whole(1, [], { incarnation: 'i2' }));
    expect(view.list('core/services')).toHaveLength(1);
    view.apply(whole(2, [service('new')], { incarnation: 'i2' }));
    expect(view.list('core/services').map((it) => it.metadata.name)).toEqual(['new']);
  });
});

describe('openViewDisk', () => {
  const dirs: string[] = [];
  afterEach(async () => {
    for (const dir of dirs.splice(0)) await rm(dir, { recursive: true });
  });
  const dir = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), 'kedge-view-'));
    dirs.push(made);
    return made;
  };

  it('brings the view back, not yet complete, with Secrets that are ciphertext on disk', async () => {
    const at = await dir();
    const view = createViewStore(identity, undefined);
    view.apply(whole(7, [pod('a'), ['core/secrets/default/s', object('s', '2', { data: { k: 'Y2FuYXJ5' } })]]));
    await openViewDisk(at).write(view.stored());
    expect(await readFile(join(at, 'view.json'), 'utf8')).not.toContain('Y2FuYXJ5');
    expect((await stat(join(at, 'view.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(at, 'view.json'))).mode & 0o777).toBe(0o600);
    const again = createViewStore(identity, openViewDisk(at).read());
    expect([again.complete, again.revision, again.digest, names(again)]).toEqual([false, 7, view.digest, ['a']]);
    expect(again.get('core/secrets/default/s')?.data).toEqual({ k: 'Y2FuYXJ5' });
  });

  it('is nothing to another cluster or node, and survives a lost key without its Secrets', async () => {
    const at = await dir();
    const view = createViewStore(identity, undefined);
    view.apply(whole(7, [pod('a'), ['core/secrets/default/s', object('s', '2')]]));
    await openViewDisk(at).write(view.stored());
    expect(names(createViewStore({ ...identity, clusterUid: 'c2' }, openViewDisk(at).read()))).toEqual([]);
    expect(names(createViewStore({ ...identity, node: 'n2' }, openViewDisk(at).read()))).toEqual([]);
    await rm(join(at, 'view.key'));
    const stored = openViewDisk(at).read();
    expect(Object.keys(stored?.entries ?? {})).toEqual(['core/pods/default/a']);
  });

  it('reads nothing from a file that is not whole', async () => {
    const at = await dir();
    const disk = openViewDisk(at);
    expect(disk.read()).toBeUndefined();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(at, 'view.json'), '{"format":1,"entr');
    expect(disk.read()).toBeUndefined();
  });
});
