/** A clone beside its source: another identity, keys that open nothing of the other, no node, no credential, no address in common, and all pods asleep. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import { commit, create, key, update } from '#control-plane/store/contract/fixture.ts';
import type { LibsqlStore } from '#control-plane/store/libsql-store.ts';
import { createSealer } from '#control-plane/store/sealing.ts';
import { clusterFolder, readJson } from '../cluster/folder.ts';
import type { ClusterIdentity } from '../cluster/identity.ts';
import { prepareCluster } from '../cluster/prepare.ts';
import { command as clone } from '../commands/clone.ts';
import { writeKeyFile } from './bundle.ts';
import { withFile } from './database.ts';
import { cloneTaint, rewriteAsClone } from './rewrite.ts';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'kedge-clone-'));
  vi.stubEnv('DOCKER_HOST', `unix://${scratch}/none`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true, force: true });
});

const ringOf = (dir: string): KeyRing => readJson(clusterFolder(join(scratch, dir)).keys)!;
const identityOf = (dir: string): ClusterIdentity => readJson(clusterFolder(join(scratch, dir)).identity)!;
const inStore = <T>(dir: string, work: (store: LibsqlStore) => Promise<T>): Promise<T> =>
  withFile(join(clusterFolder(join(scratch, dir)).data, 'kedge.db'), identityOf(dir).clusterUid, work);
const bodyOf = async (store: LibsqlStore, resource: string, name: string, namespace = 'default') => {
  const found = await store.get(key(name, namespace, resource));
  return found && JSON.parse(found.body);
};

const fill = async (serviceCIDR: string, store: LibsqlStore, sealer: ReturnType<typeof createSealer>): Promise<void> => {
  const put = (resource: string, name: string, object: any, namespace = 'default', more = {}) =>
    commit(store, create(key(name, namespace, resource), { body: JSON.stringify({ metadata: { name }, ...object }), ...more }));
  const secret = async (name: string, object: any) => {
    const text = JSON.stringify({ metadata: { name }, ...object });
    const body = await sealer.seal('core/secrets', 'default', name, `uid-${name}`, text);
    return commit(store, create(key(name, 'default', 'core/secrets'), { body }));
  };
  const ip = serviceCIDR.replace('.0.0/16', '.0.77');
  const claims = [
    { scope: 'clusterIP', value: ip },
    { scope: 'nodePort', value: 'TCP/30001' },
  ];
  await put('core/nodes', 'n1', {}, '');
  await put('core/nodes', 'n2', {}, '');
  const ports = [{ port: 80, nodePort: 30_001 }];
  await put(
    'core/services',
    'web',
    { spec: { type: 'NodePort', clusterIP: ip, clusterIPs: [ip], externalIPs: ['192.0.2.7'], ports } },
    'default',
    { claims },
  );
  await put('core/services', 'headless', { spec: { clusterIP: 'None' } });
  const [spec, status] = [
    { nodeName: 'n1', containers: [] },
    { phase: 'Running', podIP: '10.1.1.1', qosClass: 'BestEffort' },
  ];
  await put('core/pods', 'bare', { spec, status }, 'default', { node: 'n1' });
  await put('core/pods', 'done', { spec, status: { phase: 'Succeeded' } }, 'default', { node: 'n1' });
  const ownerReferences = [{ uid: 'rs', controller: true }];
  await put('core/pods', 'owned', { metadata: { name: 'owned', ownerReferences }, spec, status }, 'default', { node: 'n1' });
  const labels = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
  await put('discovery.k8s.io/endpointslices', 'web-1', {}, 'default', { labels });
  await put('core/configmaps', 'kept', { data: { a: 'b' } });
  const first = await secret('word', { type: 'Opaque', data: { word: 'Zmlyc3Q=' } });
  const text = JSON.stringify({ metadata: { name: 'word' }, type: 'Opaque', data: { word: 'c2Vjb25k' } });
  await commit(store, update(first, { body: await sealer.seal('core/secrets', 'default', 'word', first.uid, text) }));
  await secret('kedge-token-1', { type: 'kedge.dev/token', data: { sha256: 'eA==' } });
  await secret('bootstrap-token-1', { type: 'bootstrap.kubernetes.io/token', data: {} });
  await secret('account', { type: 'kubernetes.io/service-account-token', data: { token: 'dA==', 'ca.crt': 'Yw==', namespace: 'bg==' } });
};

const prepare = async (): Promise<void> => {
  const folder = clusterFolder(join(scratch, 'source'));
  const { identity } = await prepareCluster(folder, { port: 7443, nodeName: 'n1', dockerHost: 'none', taken: async () => [] });
  const sealer = createSealer(ringOf('source').sealingKeys, identity.clusterUid);
  writeFileSync(folder.settings, 'logLevel: warn\n');
  await inStore('source', (store) => fill(identity.serviceCIDR, store, sealer));
};

const run = async (options: Record<string, string>) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    expect(await clone({ dir: scratch, options, args: [] })).toBe(0);
    return log.mock.calls.flat().join('\n');
  } finally {
    log.mockRestore();
  }
};

describe('kedge clone', () => {
  it('of a stopped cluster is another cluster that sleeps', async () => {
    await prepare();
    const [from, to] = [join(scratch, 'source'), join(scratch, 'clone')];
    const said = await run({ from, to });
    expect(said).toContain(`taint nodes --all ${cloneTaint.key}-`);
    const [source, cloned] = [identityOf('source'), identityOf('clone')];
    for (const name of ['clusterUid', 'podCIDR', 'serviceCIDR', 'port'] as const) expect(cloned[name]).not.toBe(source[name]);
    expect(cloned.nodeName).toBe('n1');
    const [ring, own] = [ringOf('source'), ringOf('clone')];
    expect(own.tokenHmacKey).not.toBe(ring.tokenHmacKey);
    expect(own.saSigningKey.kid).not.toBe(ring.saSigningKey.kid);
    expect(readdirSync(to).sort()).not.toContain('clone.backup');
    expect(existsSync(join(to, 'kubeconfig'))).toBe(false);
    expect(readFileSync(join(to, 'settings.yaml'), 'utf8')).toBe('logLevel: warn\n');

    await inStore('clone', async (store) => {
      const names = async (resource: string) => (await store.list({ resource })).items.map(({ name }) => name);
      expect(await names('core/nodes')).toEqual(['n1']);
      expect(await bodyOf(store, 'core/nodes', 'n1', '')).toMatchObject({ spec: { taints: [cloneTaint] } });
      expect(await names('core/pods')).toEqual(['bare', 'done']);
      expect(await bodyOf(store, 'core/pods', 'bare')).toEqual({
        metadata: { name: 'bare' },
        spec: { containers: [] },
        status: { phase: 'Pending', qosClass: 'BestEffort' },
      });
      expect(await store.list({ resource: 'core/pods', node: 'n1' })).toMatchObject({ items: [{ name: 'done' }] });
      expect(await names('discovery.k8s.io/endpointslices')).toEqual([]);
      const ip = cloned.serviceCIDR.replace('.0.0/16', '.0.77');
      expect((await bodyOf(store, 'core/services', 'web')).spec).toEqual({
        type: 'NodePort',
        clusterIP: ip,
        clusterIPs: [ip],
        ports: [{ port: 80 }],
      });
      expect((await bodyOf(store, 'core/services', 'headless')).spec).toEqual({ clusterIP: 'None' });
      const taken = await store.write([create(key('x', 'default', 'core/services'), { claims: [{ scope: 'clusterIP', value: ip }] })]);
      expect(taken).toMatchObject([{ status: 'claimed' }]);
      expect((await store.write([create(key('y'), { claims: [{ scope: 'nodePort', value: 'TCP/30001' }] })]))[0]!.status).toBe('ok');
      expect(await bodyOf(store, 'core/configmaps', 'kept')).toMatchObject({ data: { a: 'b' } });

      expect(await names('core/secrets')).toEqual(['account', 'word']);
      const sealer = createSealer(own.sealingKeys, cloned.clusterUid);
      const opened = async (name: string, revision = Number.MAX_SAFE_INTEGER) => {
        const stored = (await store.history!.version(key(name, 'default', 'core/secrets'), revision))!;
        return JSON.parse(await sealer.open('core/secrets', 'default', name, stored.uid, stored.body));
      };
      expect((await opened('account')).data).toEqual({ namespace: 'bg==' });
      const { versions } = await store.history!.versions({ key: key('word', 'default', 'core/secrets') });
      expect(await Promise.all(versions.map(async ({ revision }) => atob((await opened('word', revision)).data.word)))).toEqual([
        'second',
        'first',
      ]);
      const owned = await store.history!.versions({ key: key('owned', 'default', 'core/pods') });
      expect(owned.versions.map(({ type }) => type)).toEqual(['DELETED', 'ADDED']);
    });
    // the source is as it was
    await inStore('source', async (store) => expect((await bodyOf(store, 'core/pods', 'bare')).spec.nodeName).toBe('n1'));
    await expect(run({ from, to })).rejects.toThrow('holds a cluster already');
    const { identity } = await prepareCluster(clusterFolder(to), { dockerHost: 'none', taken: async () => [] });
    expect(identity).toEqual(cloned);
    expect(readFileSync(join(to, 'kubeconfig'), 'utf8')).toContain(`:${cloned.port}`);
  });

  it('says what is missing', async () => {
    await expect(run({ from: 'x' })).rejects.toThrow('usage: kedge clone');
    await expect(run({ from: join(scratch), to: join(scratch, 'c') })).rejects.toThrow('There is no cluster in');
    await expect(run({ from: 'nowhere', to: join(scratch, 'c'), kubeconfig: join(scratch, 'none') })).rejects.toThrow(
      'Cannot read the kubeconfig',
    );
    await prepare();
    await expect(run({ from: join(scratch, 'source'), to: join(scratch, 'c'), platform: 'moon' })).rejects.toThrow('--platform moon');
    const other = join(scratch, 'other-keys');
    writeKeyFile(other, { kedgeKeys: 1, clusterUid: 'other', files: { 'keys.json': JSON.stringify(ringOf('source')) } });
    await expect(run({ from: join(scratch, 'source'), to: join(scratch, 'c'), 'key-file': other })).rejects.toThrow(
      'These are the keys of cluster other',
    );
    expect(existsSync(join(scratch, 'c', 'cluster.json'))).toBe(false);
  });

  it('opens nothing with the keys of another cluster', async () => {
    const sealingKeys = [{ id: 'k1', key: btoa('1'.repeat(32)) }];
    const rewrite = rewriteAsClone(
      { clusterUid: 'a', sealingKeys, serviceCIDR: '10.1.0.0/16' },
      { clusterUid: 'b', sealingKeys, serviceCIDR: '10.2.0.0/16', nodeName: 'n', nowMs: 0 },
    );
    const body = await createSealer(sealingKeys, 'elsewhere').seal('core/secrets', 'n', 's', 'u', '{}');
    const row = {
      revision: 1,
      resource: 'core/secrets',
      namespace: 'n',
      name: 's',
      uid: 'u',
      type: 'ADDED' as const,
      derived: '{}',
      body,
      living: true,
    };
    await expect(rewrite.row(row)).rejects.toThrow('cannot be opened');
    expect(await rewrite.row({ ...row, living: false })).toBeUndefined();
  });
});
