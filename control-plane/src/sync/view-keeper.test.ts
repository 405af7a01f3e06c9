/** The incremental view equals the pure one after any history; and what the pure one holds, in plain cases. */

import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import type { KubeObject } from '#schema/resource.ts';
import { type ViewKey, viewDigest } from '#schema/sync/protocol.ts';
import type { DirtyEvent } from '../controller-runtime/informer-cache.ts';
import { ObjectCache } from '../controller-runtime/object-cache.ts';
import { nodeView } from './node-view.ts';
import { presentDigest, SentView } from './sent-view.ts';
import { createViewKeeper } from './view-keeper.ts';

const CLUSTER_SCOPED = new Set(['core/nodes', 'core/persistentvolumes']);

/** A cache that tells of each change as the informer cache does. */
const world = () => {
  const cache = new ObjectCache();
  const events: DirtyEvent[] = [];
  let revision = 0;
  return {
    cache,
    put: (resource: string, name: string, body: Record<string, unknown> = {}, namespace = 'default'): void => {
      const { metadata, ...rest } = body as { metadata?: object };
      const object = {
        ...rest,
        metadata: {
          name,
          ...(CLUSTER_SCOPED.has(resource) ? {} : { namespace }),
          uid: `${resource}-${name}`,
          resourceVersion: String(++revision),
          ...metadata,
        },
      } as KubeObject;
      const previous = cache.put(resource, object);
      cache.revision = revision;
      events.push({ type: previous ? 'MODIFIED' : 'ADDED', resource, object, previous });
    },
    drop: (resource: string, name: string, namespace = 'default'): void => {
      const removed = cache.remove(resource, CLUSTER_SCOPED.has(resource) ? '' : namespace, name);
      cache.revision = ++revision;
      if (removed) events.push({ type: 'DELETED', resource, object: removed, previous: removed });
    },
    events: (): DirtyEvent[] => events.splice(0),
  };
};

const pod = (
  nodeName: string | undefined,
  { secret, configMap, account, claim }: { secret?: string; configMap?: string; account?: string; claim?: string } = {},
) => ({
  spec: {
    ...(nodeName ? { nodeName } : {}),
    ...(account ? { serviceAccountName: account } : {}),
    containers: [{ name: 'c', env: secret ? [{ name: 'S', valueFrom: { secretKeyRef: { name: secret, key: 'k' } } }] : [] }],
    volumes: [
      ...(configMap ? [{ name: 'v', configMap: { name: configMap } }] : []),
      ...(claim ? [{ name: 'd', persistentVolumeClaim: { claimName: claim } }] : []),
    ],
  },
});

/** A directory of a node, as the built-in provisioner makes it. */
const local = (node: string) => ({
  spec: {
    csi: { driver: 'local-directory.kedge.dev', volumeHandle: 'h' },
    nodeAffinity: {
      required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] },
    },
  },
});

const keys = (view: ReadonlyMap<ViewKey, KubeObject>): string[] => [...view.keys()].sort();

describe('nodeView', () => {
  it('holds own pods with what they name, everything broadcast, and other nodes reduced', () => {
    const w = world();
    w.put('core/nodes', 'n1', { spec: { podCIDR: '10.64.0.0/24' }, status: { conditions: [{ type: 'Ready' }] } });
    w.put('core/nodes', 'n2', {
      spec: { podCIDR: '10.64.1.0/24' },
      status: { addresses: [{ type: 'InternalIP', address: '10.0.0.2' }], images: ['x'] },
    });
    w.put('core/services', 'web');
    w.put('discovery.k8s.io/endpointslices', 'web-1');
    w.put('core/secrets', 'mine');
    w.put('core/secrets', 'other');
    w.put('core/secrets', 'pull');
    w.put('core/configmaps', 'conf');
    w.put('core/serviceaccounts', 'default', { imagePullSecrets: [{ name: 'pull' }] });
    w.put('core/pods', 'a', pod('n1', { secret: 'mine', configMap: 'conf' }));
    w.put('core/pods', 'b', pod('n2', { secret: 'other' }));
    const view = nodeView(w.cache, 'n1');
    expect(keys(view)).toEqual([
      'core/configmaps/default/conf',
      'core/nodes//n1',
      'core/nodes//n2',
      'core/pods/default/a',
      'core/secrets/default/mine',
      'core/secrets/default/pull',
      'core/serviceaccounts/default/default',
      'core/services/default/web',
      'discovery.k8s.io/endpointslices/default/web-1',
    ]);
    expect(view.get('core/nodes//n1')?.status).toEqual({ conditions: [{ type: 'Ready' }] });
    expect(view.get('core/nodes//n2')?.status).toEqual({ addresses: [{ type: 'InternalIP', address: '10.0.0.2' }] });
  });

  it('holds the claims of its pods with their volumes, and every volume that is a directory of the node', () => {
    const w = world();
    w.put('core/persistentvolumeclaims', 'mine', { spec: { volumeName: 'bound' } });
    w.put('core/persistentvolumeclaims', 'a-scratch', { spec: {} });
    w.put('core/persistentvolumeclaims', 'other', { spec: { volumeName: 'elsewhere' } });
    w.put('core/persistentvolumes', 'bound', { spec: { nfs: { server: 's', path: '/' } } });
    w.put('core/persistentvolumes', 'released', local('n1'));
    w.put('core/persistentvolumes', 'elsewhere', local('n2'));
    const spec = pod('n1', { claim: 'mine' });
    w.put('core/pods', 'a', { spec: { ...spec.spec, volumes: [...spec.spec.volumes, { name: 'scratch', ephemeral: {} }] } });
    w.put('core/pods', 'b', pod('n2', { claim: 'other' }));
    const volumes = (node: string) => keys(nodeView(w.cache, node)).filter((key) => key.includes('persistent'));
    expect(volumes('n1')).toEqual([
      'core/persistentvolumeclaims/default/a-scratch',
      'core/persistentvolumeclaims/default/mine',
      'core/persistentvolumes//bound',
      'core/persistentvolumes//released',
    ]);
    expect(volumes('n2')).toEqual(['core/persistentvolumeclaims/default/other', 'core/persistentvolumes//elsewhere']);
  });

  it("does not change for a node when another node's conditions or images do", () => {
    const w = world();
    w.put('core/nodes', 'n2', { status: { addresses: [], images: ['a'] } });
    const before = nodeView(w.cache, 'n1').get('core/nodes//n2');
    w.put('core/nodes', 'n2', { status: { addresses: [], images: ['a', 'b'] } });
    expect(nodeView(w.cache, 'n1').get('core/nodes//n2')).toEqual(before);
  });
});

describe('createViewKeeper', () => {
  it('touches one node for a change of one pod', () => {
    const w = world();
    const keeper = createViewKeeper(w.cache);
    for (const node of ['n1', 'n2', 'n3']) keeper.track(node);
    w.put('core/pods', 'a', pod('n1'));
    expect([...keeper.apply(w.events()).keys()]).toEqual(['n1']);
    w.put('core/services', 'web');
    expect([...keeper.apply(w.events()).keys()].sort()).toEqual(['n1', 'n2', 'n3']);
  });

  const name = fc.constantFrom('a', 'b', 'c');
  const node = fc.constantFrom('n1', 'n2', undefined);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('pod' as const), name, node, secret: name, configMap: name, account: name, claim: name }),
    fc.record({ kind: fc.constant('claim' as const), name, volume: fc.constantFrom('a', 'b', undefined) }),
    fc.record({ kind: fc.constant('volume' as const), name, node }),
    fc.record({ kind: fc.constant('account' as const), name, pull: name }),
    fc.record({
      kind: fc.constant('put' as const),
      name,
      resource: fc.constantFrom('core/secrets', 'core/configmaps', 'core/services', 'discovery.k8s.io/endpointslices', 'core/nodes'),
    }),
    fc.record({
      kind: fc.constant('drop' as const),
      name,
      resource: fc.constantFrom(
        ...['core/pods', 'core/secrets', 'core/configmaps', 'core/serviceaccounts', 'core/services', 'core/nodes'],
        ...['core/persistentvolumeclaims', 'core/persistentvolumes'],
      ),
    }),
    fc.record({ kind: fc.constant('fold' as const) }),
  );

  it('equals nodeView after any history, and tells of every entry that changed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(30), (steps, trackAt) => {
        const w = world();
        const keeper = createViewKeeper(w.cache);
        keeper.track('n1');
        // built now, and kept in step
        expect([...keeper.broadcast.keys()]).toEqual([]);
        // what a session would have sent
        const shown = new Map(nodeView(w.cache, 'n1'));
        const fold = (): void => {
          for (const key of keeper.apply(w.events()).get('n1') ?? []) {
            const entry = keeper.entry('n1', key);
            if (entry) shown.set(key, entry);
            else shown.delete(key);
          }
        };
        steps.forEach((s, i) => {
          if (i === trackAt) {
            fold();
            keeper.track('n2');
          }
          if (s.kind === 'pod') w.put('core/pods', s.name, pod(s.node, s));
          else if (s.kind === 'account') w.put('core/serviceaccounts', s.name, { imagePullSecrets: [{ name: s.pull }] });
          else if (s.kind === 'claim') w.put('core/persistentvolumeclaims', s.name, { spec: { volumeName: s.volume } });
          else if (s.kind === 'volume') w.put('core/persistentvolumes', s.name, s.node ? local(s.node) : { spec: {} });
          else if (s.kind === 'put') w.put(s.resource, s.name);
          else if (s.kind === 'drop') w.drop(s.resource, s.name);
          else fold();
        });
        fold();
        keeper.track('n2');
        for (const n of ['n1', 'n2']) {
          const wanted = new Map([...nodeView(w.cache, n)].sort());
          expect(new Map([...keeper.view(n)].sort())).toEqual(wanted);
          const versions = (entries: Iterable<readonly [ViewKey, KubeObject]>) =>
            [...entries].map(([key, { metadata }]) => [key, metadata.resourceVersion!] as const);
          expect(presentDigest(keeper.broadcast, versions(keeper.own(n)))).toBe(viewDigest(versions(wanted)));
          const sent = new SentView();
          sent.stand(keeper.broadcast, versions(keeper.own(n)));
          expect([...sent.keys()].sort().map((key) => [key, sent.version(key)])).toEqual(versions(wanted));
          expect(sent.digest).toBe(viewDigest(versions(wanted)));
          sent.close();
        }
        expect(new Map([...shown].sort())).toEqual(new Map([...nodeView(w.cache, 'n1')].sort()));
      }),
      { numRuns: 300 },
    );
  });
});
