/** The in-process hub: the contract of every hub, and agents over sockets and polls. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pods } from '#schema/core/pod.ts';
import { storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import type { AgentMessage, ServerMessage, ViewMessage } from '#schema/sync/protocol.ts';
import { createInformerCache } from '../controller-runtime/informer-cache.ts';
import { createRegistry } from '../registry/create.ts';
import { composeStores } from '../store/compose.ts';
import { openFileStore } from '../store/file/open.ts';
import { createSealer } from '../store/sealing.ts';
import { createVolatileStore } from '../store/volatile/volatile-store.ts';
import { describeHub } from './contract.ts';
import { createInProcessHub } from './in-process.ts';

const clusterUid = 'cluster-1';
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const random = {
  bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  uuid: () => crypto.randomUUID(),
  float: () => Math.random(),
};
const sealingKeys = [{ id: 'k1', key: btoa('x'.repeat(32)) }];
const volatileKeys = resources.filter((definition) => definition.storage === 'volatile').map(storageKey);

const open = async (incarnation?: string) => {
  const dir = await mkdtemp(join(tmpdir(), 'kedge-hub-'));
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const clock = { now: () => nowMs };
  const ids = incarnation === undefined ? [] : [incarnation];
  const uuid = () => ids.shift() ?? random.uuid();
  const durable = await openFileStore({ path: join(dir, 'k.db'), clusterUid, clock, random: { ...random, uuid } });
  const volatile = createVolatileStore({ identity: await durable.identity(), clock, random });
  const isVolatile = (resource: string): boolean => volatileKeys.includes(resource);
  const store = composeStores({ durable, volatile, isVolatile, clock });
  const sealer = createSealer(sealingKeys, clusterUid);
  const cache = createInformerCache({ store, sealer, resources, clock });
  await cache.load();
  const cluster = {
    clusterUid,
    podCIDR: '10.64.0.0/16',
    nodeCIDRMask: 24,
    serviceCIDR: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
    nodePortRange: [30_000, 32_767] as const,
    rootCA: '',
  };
  const keys = { tokenHmacKey: btoa('h'.repeat(32)), saSigningKey: {}, sealingKeys };
  const upgrader = {
    accept: () => {
      throw new Error('no sockets here');
    },
  };
  const hub = createInProcessHub({
    store,
    cache,
    registry: () => registry,
    sealer,
    keys,
    clusterUid,
    version: 'test',
    clock,
    log,
    upgrader,
    poke: () => undefined,
  });
  const registry = createRegistry({ store, hub, keys, cluster, clock, random, log });
  const close = async (): Promise<void> => {
    hub.close();
    await store.close();
    await rm(dir, { recursive: true });
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { hub, store, registry, cache, mend: () => hub.mend(), close, pass };
};

describeHub('the in-process hub', () => open());

describe('agents of the in-process hub', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  const setUp = async (incarnation?: string) => {
    const one = await open(incarnation);
    closing.push(one.close);
    const actor = { user: { name: 'admin', groups: ['system:masters'] }, fieldManager: 'test' };
    const create = async (resource: string, object: Record<string, unknown>) => {
      const definition = resources.find((candidate) => storageKey(candidate) === resource)!;
      const [result] = await one.registry.applyAll([{ op: 'create', definition, object: object as never }], actor);
      if (result?.status !== 'ok') throw new Error(JSON.stringify(result));
      return result.object;
    };
    await create('core/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
    await create('core/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } });
    const bound = (name: string, nodeName: string, extra: object = {}) =>
      create('core/pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default' },
        spec: { nodeName, containers: [{ name: 'c', image: 'busybox', ...extra }] },
      });
    const say = (messages: readonly AgentMessage[], node = 'n1') => one.hub.exchange(node, messages, 0);
    return { ...one, create, bound, say };
  };
  const hello = (more: Partial<Extract<AgentMessage, { type: 'hello' }>> = {}): AgentMessage => ({
    type: 'hello',
    protocolMin: 1,
    protocolMax: 1,
    version: 'test',
    clusterUid,
    incarnation: '',
    revision: 0,
    features: [],
    node: 'n1',
    ...more,
  });
  const viewIn = (frames: readonly ServerMessage[]): ViewMessage => {
    const view = frames.find((frame) => frame.type === 'view');
    if (!view) throw new Error(`no view in ${JSON.stringify(frames)}`);
    return view;
  };

  it('makes the Lease of a node whose agent is there', async () => {
    const { say, create, store } = await setUp();
    await create('core/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-node-lease' } });
    await say([hello()]);
    const key = { resource: 'coordination.k8s.io/leases', namespace: 'kube-node-lease', name: 'n1' };
    await expect.poll(async () => JSON.parse((await store.get(key))?.body ?? '{}').spec).toMatchObject({ holderIdentity: 'n1' });
  });

  it('gives a whole view, then differences, with Secrets opened', async () => {
    const { say, bound, create } = await setUp();
    await create('core/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'default' },
      data: { k: btoa('canary') },
    });
    await bound('a', 'n1', { envFrom: [{ secretRef: { name: 's' } }] });
    await bound('elsewhere', 'n2');
    const first = viewIn(await say([hello()]));
    expect(first.base).toBeUndefined();
    expect(first.complete).toBe(true);
    expect(Object.keys(first.put).sort()).toEqual([
      'core/pods/default/a',
      'core/secrets/default/s',
      'core/serviceaccounts/default/default',
    ]);
    expect(first.put['core/secrets/default/s']?.data).toEqual({ k: btoa('canary') });
    expect(await say([])).toEqual([]);
    await bound('b', 'n1');
    const second = viewIn(await say([]));
    expect(second.base).toBe(first.revision);
    expect(Object.keys(second.put)).toEqual(['core/pods/default/b']);
  });

  it('confirms with an empty difference when the agent has it all, and sends everything when the digest is another', async () => {
    const { say, bound } = await setUp();
    await bound('a', 'n1');
    const first = viewIn(await say([hello()]));
    const { incarnation, revision, digest } = first;
    const again = viewIn(await say([hello({ incarnation, revision, digest })]));
    expect(again).toMatchObject({ base: revision, put: {}, remove: [], complete: true });
    const whole = viewIn(await say([hello({ incarnation, revision, digest: 'bad' })]));
    expect(whole.base).toBeUndefined();
  });

  it('serves no view to an agent that is ahead of it, nor to one of another cluster', async () => {
    const { say } = await setUp();
    const { incarnation } = viewIn(await say([hello()]));
    expect(await say([hello({ incarnation, revision: 10_000 })])).toMatchObject([{ type: 'goAway' }]);
    expect(await say([hello({ clusterUid: 'another' })])).toMatchObject([{ type: 'goAway' }]);
  });

  it('begins a new incarnation for an agent that shows a past which the database lacks, and tells every agent', async () => {
    const lost = await setUp('one');
    for (const name of ['a', 'b', 'c']) await lost.bound(name, 'n1');
    const { revision, digest, mark } = viewIn(await lost.say([hello()]));
    const { say, bound, create } = await setUp('one');
    await bound('a', 'n1');
    await bound('other', 'n2');
    expect(viewIn(await say([hello({ node: 'n2' })], 'n2')).incarnation).toBe('one');
    const shown = hello({ incarnation: 'one', revision, digest: digest ?? '', ...(mark ? { mark } : {}) });
    const view = viewIn(await say([shown]));
    expect([view.base, Object.keys(view.put).filter((key) => key.startsWith('core/pods'))]).toEqual([undefined, ['core/pods/default/a']]);
    expect([view.incarnation === 'one', view.revision > revision]).toEqual([false, true]);
    const others = viewIn(await say([], 'n2'));
    expect([others.base, others.incarnation]).toEqual([undefined, view.incarnation]);
    // and it goes on from there
    await create('core/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'default' } });
    await bound('b', 'n1');
    expect(viewIn(await say([]))).toMatchObject({ base: view.revision, incarnation: view.incarnation });
  });

  it('asks connected agents to measure, and hands out what they send', async () => {
    const { say, hub, create, bound } = await setUp();
    await create('core/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
    const { metadata } = await bound('a', 'n1');
    await say([hello()]);
    const asked = hub.metrics!();
    expect(await say([])).toMatchObject([{ type: 'wantMetrics', forMs: expect.any(Number) }]);
    const usage = { cpuNanoseconds: 1, cpuNanoCores: 2, memoryBytes: 3 };
    const pod = { namespace: 'default', name: 'a', uid: metadata.uid!, containers: [{ name: 'c', ...usage }] };
    await say([{ type: 'metrics', time: '2026-01-01T00:00:00.000Z', windowMs: 15_000, node: usage, pods: [pod] }]);
    expect((await asked).samples).toMatchObject([{ node: 'n1', sample: { node: usage, pods: [{ name: 'a' }] } }]);
  });

  it('refuses a second agent of one name while the first is alive, and takes a restart of the first', async () => {
    const { say, pass } = await setUp();
    const as = (instance: string, process: string) => [hello({ agent: { instance, process, host: `host-${instance}` } })];
    const types = async (messages: readonly AgentMessage[]) => (await say(messages)).map(({ type }) => type);
    expect(await types(as('one', 'p1'))).toContain('view');
    expect(await say(as('two', 'p2'))).toEqual([
      {
        type: 'goAway',
        reason: expect.stringMatching(/machine "host-one", speaks for node "n1": stop it, or/),
        retryAfterMs: 30_000,
        final: false,
      },
    ]);
    expect(await types(as('one', 'p1'))).toContain('view');
    expect(await types(as('one', 'p3'))).toContain('view');
    // the process that gave way runs on: a copied machine, not a restart
    expect(await types(as('one', 'p1'))).toEqual(['goAway']);
    expect(await types(as('one', 'p3'))).toContain('view');
    pass(71_000);
    expect(await types(as('two', 'p2'))).toContain('view');
    // an agent of before this check
    expect(await types([hello()])).toContain('view');
  });

  it('ends the following of a caller whose credential ended, and of nobody else', async () => {
    const { hub, create } = await setUp();
    const stop = new AbortController();
    const follow = (credentialId: string) =>
      hub.follow({ resources: ['core/configmaps'], credentialId }, 0, stop.signal)[Symbol.asyncIterator]();
    const [gone, stays] = [follow('a'), follow('b')];
    const config = (name: string) =>
      create('core/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });
    await config('one');
    for (const one of [gone, stays]) expect((await one.next()).done).toBeFalsy();
    const ending = (async () => {
      while (!(await gone.next()).done);
    })();
    await hub.endCredential('a');
    await ending;
    await config('two');
    for (let seen = false; !seen; ) seen = JSON.stringify((await stays.next()).value).includes('uid');
    stop.abort();
  });

  it('ends a follower that is asked with its credential, at once, and lets go of it when it is closed', async () => {
    const { hub, create } = await setUp();
    const told: string[] = [];
    const open = (credentialId: string) => {
      const follower = hub.follower!({ resources: ['core/configmaps'], credentialId }, 0, () => {
        told.push(credentialId);
      });
      return follower;
    };
    const held = hub.sessions.size;
    const [gone, stays] = [open('a'), open('b')];
    expect([gone.next(), stays.next()]).toEqual([undefined, undefined]);
    await expect.poll(() => new Set(told).size).toBe(2);
    told.length = 0;
    await hub.endCredential('a');
    expect([told, gone.next()]).toEqual([['a'], 'ended']);
    await create('core/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'default' } });
    const seen: unknown[] = [];
    await expect
      .poll(() => {
        const batch = stays.next();
        if (batch && batch !== 'ended') seen.push(...batch.changes.map(({ name }) => name));
        return seen;
      })
      .toEqual(['one']);
    for (const follower of [gone, stays]) follower.close();
    expect(hub.sessions.size).toBe(held);
  });

  it('answers the newest poll of a node, and ends the one it held before with nothing', async () => {
    const { say, bound, hub } = await setUp();
    const pod = await bound('a', 'n1');
    await say([hello()]);
    const held = hub.exchange('n1', [], 20_000);
    const status = { phase: 'Running', podIP: '10.64.0.2' };
    const report = { id: 1, kind: 'podStatus', namespace: 'default', name: 'a', uid: pod.metadata.uid!, sequence: 1, status } as const;
    const frames = await say([{ type: 'reports', reports: [report] }]);
    expect(frames.find((frame) => frame.type === 'outcomes')).toMatchObject({ outcomes: [{ outcome: 'ok' }] });
    expect(await held).toEqual([]);
    const next = hub.exchange('n1', [], 20_000);
    await bound('b', 'n1');
    expect(Object.keys(viewIn(await next).put)).toContain('core/pods/default/b');
  });

  it('registers the node, merges pod status by uid and sequence, and removes a pod that is gone', async () => {
    const { say, bound, store, hub } = await setUp();
    const pod = await bound('a', 'n1');
    await say([hello()]);
    const status = (sequence: number, phase: string, uid = pod.metadata.uid!) =>
      ({ id: sequence, kind: 'podStatus', namespace: 'default', name: 'a', uid, sequence, status: { phase, podIP: '10.64.0.2' } }) as const;
    const outcomes = async (reports: Extract<AgentMessage, { type: 'reports' }>['reports'], node = 'n1') => {
      const frames = await hub.exchange(node, [{ type: 'reports', reports }], 0);
      return frames.flatMap((frame) => (frame.type === 'outcomes' ? frame.outcomes.map(({ outcome }) => outcome) : []));
    };
    const read = async (resource: string, name: string, namespace = 'default') =>
      JSON.parse((await store.get({ resource, namespace, name }))?.body ?? 'null');

    const node = {
      id: 90,
      kind: 'node',
      labels: { 'kubernetes.io/os': 'linux' },
      annotations: {},
      status: { capacity: { cpu: '2' } },
    } as const;
    expect(await outcomes([node, status(2, 'Running')])).toEqual(['ok', 'ok']);
    expect(await read('core/nodes', 'n1', '')).toMatchObject({
      metadata: { labels: { 'kubernetes.io/hostname': 'n1', 'kubernetes.io/os': 'linux' } },
      status: { capacity: { cpu: '2' } },
    });
    expect((await read('core/pods', 'a')).status).toMatchObject({ phase: 'Running', podIP: '10.64.0.2' });

    expect(await outcomes([status(1, 'Pending'), status(3, 'Succeeded'), status(4, 'Running')])).toEqual(['ok', 'ok', 'ok']);
    expect((await read('core/pods', 'a')).status.phase).toBe('Succeeded');
    expect(await outcomes([status(5, 'Failed', 'another-uid')])).toEqual(['gone']);
    await hub.exchange('n2', [hello({ node: 'n2' })], 0);
    expect(await outcomes([status(6, 'Failed')], 'n2')).toEqual(['refused']);
    const gone = { id: 7, kind: 'podGone', namespace: 'default', name: 'a', uid: pod.metadata.uid! } as const;
    expect(await outcomes([gone], 'n2')).toEqual(['refused']);
    expect(await outcomes([gone])).toEqual(['ok']);
    expect(await read('core/pods', 'a')).toBeNull();
    expect(await outcomes([gone])).toEqual(['ok']);
  });

  it('joins repeated events into one with a count', async () => {
    const { say, bound, store } = await setUp();
    const pod = await bound('a', 'n1');
    await say([hello()]);
    const event = (id: number) =>
      ({
        id,
        kind: 'event',
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'a', uid: pod.metadata.uid! },
        eventType: 'Warning',
        reason: 'BackOff',
        message: 'again',
        time: '2026-01-01T00:00:01Z',
        component: 'kubelet',
      }) as const;
    await say([{ type: 'reports', reports: [event(1)] }]);
    await say([{ type: 'reports', reports: [event(2), event(3)] }]);
    const { items } = await store.list({ resource: 'core/events' });
    expect(items.map((item) => JSON.parse(item.body))).toMatchObject([{ reason: 'BackOff', count: 3, source: { host: 'n1' } }]);
    const foreign = { ...event(4), involvedObject: { kind: 'Node', name: 'n2' } };
    expect(await say([{ type: 'reports', reports: [foreign] }])).toMatchObject([{ outcomes: [{ outcome: 'refused' }] }]);
  });

  it('asks a poller that it does not know to say hello', async () => {
    const { say } = await setUp();
    expect(await say([])).toMatchObject([{ type: 'goAway', retryAfterMs: 0 }]);
  });

  it('knows polling agents as connected until they stay away', async () => {
    const { say, hub, pass } = await setUp();
    await say([hello()]);
    expect((await hub.liveness()).nodes).toMatchObject([{ node: 'n1', connected: true }]);
    const open = { session: 's1', kind: 'logs', namespace: 'default', pod: 'a', podUid: 'u', container: 'c', params: {} } as const;
    expect(await hub.openStream('n1', open)).toBe(true);
    expect(await say([])).toEqual([{ type: 'openStream', ...open }]);
    pass(71_000);
    expect((await hub.liveness()).nodes).toMatchObject([{ node: 'n1', connected: false }]);
    expect(await hub.openStream('n1', open)).toBe(false);
  });

  it('allows a node what its view holds, and no more', async () => {
    const { bound, hub } = await setUp();
    await bound('a', 'n1', { envFrom: [{ secretRef: { name: 's' } }] });
    const ask = async (node: string, more: object) => {
      const request = { verb: 'get', group: '', resource: 'secrets', subresource: '', namespace: 'default', name: 's', fieldSelector: '' };
      return (await hub.authorizeNode(node, { ...request, ...more })).allowed;
    };
    expect(await ask('n1', {})).toBe(true);
    expect(await ask('n2', {})).toBe(false);
    expect(await ask('n1', { name: 'other' })).toBe(false);
    expect(await ask('n1', { verb: 'list', name: '' })).toBe(false);
    expect(await ask('n1', { verb: 'update' })).toBe(false);
    expect(await ask('n1', { resource: storageKey(pods).split('/')[1], name: 'a', verb: 'delete' })).toBe(true);
    expect(await ask('n2', { resource: 'pods', name: 'a', verb: 'delete' })).toBe(false);
    expect(await ask('n1', { resource: 'pods', name: '', verb: 'list', fieldSelector: 'spec.nodeName=n1' })).toBe(true);
    expect(await ask('n1', { resource: 'pods', name: '', verb: 'list', fieldSelector: 'spec.nodeName!=n1' })).toBe(false);
    expect(await ask('n1', { resource: 'nodes', namespace: '', name: 'n2', verb: 'patch' })).toBe(false);
    expect(await ask('n1', { resource: 'serviceaccounts', subresource: 'token', name: 'default', verb: 'create' })).toBe(true);
    expect(await ask('n1', { resource: 'serviceaccounts', subresource: 'token', name: 'admin', verb: 'create' })).toBe(false);
    expect(await ask('n1', { resource: 'configmaps', namespace: 'kube-system', name: '', verb: 'create' })).toBe(false);
  });
});
