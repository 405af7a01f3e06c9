import { describe, expect, it } from 'vitest';
import { events } from '#schema/core/event.ts';
import { persistentVolumeClaims } from '#schema/core/persistent-volume-claim.ts';
import { type Pod, pods } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { priorityClasses } from '#schema/scheduling/priority-class.ts';
import { createTestWorld } from '../controller-runtime/testing.ts';
import { controllers } from '../controllers/controllers.ts';
import { createScheduler } from './scheduler.ts';
import { TestCluster } from './testing/cluster.ts';

const ZONE = 'topology.kubernetes.io/zone';

const ownedBy = (uid: string) => ({
  labels: { app: uid },
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: uid, uid, controller: true }],
});

const replicaSet = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name, uid: name },
  spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [] } } },
});

describe('the scheduler', () => {
  it('spreads the replicas of one owner over nodes, and over zones before nodes', () => {
    const cluster = new TestCluster();
    cluster.add(replicaSet('web'));
    for (const name of ['a1', 'a2']) cluster.node(name, {}, { [ZONE]: 'a' });
    cluster.node('b1', {}, { [ZONE]: 'b' });
    for (let i = 0; i < 2; i++) cluster.pod(`p${i}`, '10m', {}, ownedBy('web'));
    cluster.pass();
    expect(['p0', 'p1'].map((name) => cluster.nodeOf(name)![0]).sort()).toEqual(['a', 'b']);
  });

  it('fills nodes one after the other where pods ask for bin packing', () => {
    const cluster = new TestCluster();
    for (let i = 0; i < 4; i++) cluster.node(`n${i}`);
    for (let i = 0; i < 8; i++) cluster.pod(`p${i}`, '1', { schedulerName: 'bin-packing-scheduler' });
    cluster.pass();
    expect(new Set(Array.from({ length: 8 }, (_, i) => cluster.nodeOf(`p${i}`))).size).toBe(2);
  });

  it('leaves pods of other schedulers and gated pods alone, until the gates are gone', () => {
    const cluster = new TestCluster();
    cluster.node('n');
    cluster.pod('foreign', '1', { schedulerName: 'mine' });
    cluster.pod('gated', '1', { schedulingGates: [{ name: 'example.com/wait' }] });
    expect(cluster.pass()).toEqual([]);
    const pod = cluster.cache.get<Pod>('core/pods', 'default', 'gated')!;
    const { schedulingGates: _, ...spec } = pod.spec;
    cluster.add({ ...pod, metadata: { ...pod.metadata, generation: 2 }, spec });
    cluster.pass();
    expect(cluster.nodeOf('gated')).toBe('n');
  });

  it('wakes a pod that wants its own kind near it when the node of the last of that kind goes', () => {
    const cluster = new TestCluster();
    const alike = { labelSelector: { matchLabels: { app: 'x' } }, topologyKey: ZONE };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [alike] } };
    cluster.node('full', { pods: '1' }, { [ZONE]: 'a' });
    cluster.pod('first', '1', {}, { labels: { app: 'x' } });
    cluster.pass();
    cluster.node('free', {}, { [ZONE]: 'b' });
    cluster.pod('second', '1', { affinity }, { labels: { app: 'x' } });
    cluster.pass();
    expect(cluster.nodeOf('second')).toBeUndefined();
    cluster.cache.remove('core/nodes', '', 'full');
    cluster.nowMs += 20_000;
    cluster.pass();
    expect(cluster.nodeOf('second')).toBe('free');
  });

  it('wakes a pod that must spread when the emptiest domain leaves', () => {
    const cluster = new TestCluster();
    const labels = { app: 'x' };
    const constraint = { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } };
    const spread = { topologySpreadConstraints: [constraint] };
    cluster.node('a', {}, { [ZONE]: 'a' });
    cluster.node('b', { cpu: '0' }, { [ZONE]: 'b' });
    cluster.pod('one', '1', spread, { labels });
    cluster.pass();
    cluster.pod('two', '1', spread, { labels });
    cluster.pass();
    expect([cluster.nodeOf('one'), cluster.nodeOf('two')]).toEqual(['a', undefined]);
    cluster.cache.remove('core/nodes', '', 'b');
    cluster.nowMs += 20_000;
    cluster.pass();
    expect(cluster.nodeOf('two')).toBe('a');
  });

  it('wakes pods that differ in their claims alone each for its own', () => {
    const cluster = new TestCluster();
    cluster.node('n');
    for (const name of ['a', 'b']) cluster.pod(name, '1', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: `of-${name}` } }] });
    cluster.pass();
    expect(['a', 'b'].map((name) => cluster.message(name))).toEqual([
      expect.stringContaining('persistentvolumeclaim "of-a" not found'),
      expect.stringContaining('persistentvolumeclaim "of-b" not found'),
    ]);
    cluster.add({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { capacity: { storage: '1Gi' } } });
    cluster.add({
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
      metadata: { name: 'of-b', annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
      spec: { volumeName: 'v', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      status: { phase: 'Bound' },
    });
    cluster.nowMs += 20_000;
    cluster.pass();
    expect(['a', 'b'].map((name) => cluster.nodeOf(name))).toEqual([undefined, 'n']);
  });

  it('tries a refused pod again only when something happened that could help, after its back-off', () => {
    const cluster = new TestCluster();
    cluster.node('n', { cpu: '1' });
    cluster.pod('big', '2');
    cluster.pass();
    expect(cluster.message('big')).toBe(
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    );
    cluster.nowMs += 100;
    cluster.node('n', { cpu: '1', memory: '16Gi' });
    expect(cluster.pass()).toEqual([]);
    cluster.node('n', { cpu: '4' });
    const { changes, requeueAtMs } = cluster.decide(cluster.scheduler, { namespace: '', name: 'batch' });
    expect(changes).toEqual([]);
    expect(requeueAtMs).toBe(cluster.nowMs + 900);
    cluster.nowMs += 900;
    cluster.pass();
    expect(cluster.nodeOf('big')).toBe('n');
  });

  it('gives a pod back whose bind lost a race', () => {
    const cluster = new TestCluster();
    cluster.node('n', { cpu: '1' });
    cluster.pod('first', '1');
    const lost = cluster.decide(cluster.scheduler, { namespace: '', name: 'batch' });
    expect(lost.changes).toHaveLength(1);
    cluster.pod('taken', '1', { nodeName: 'n' });
    cluster.pass();
    expect(cluster.nodeOf('first')).toBeUndefined();
    expect(cluster.message('first')).toContain('Insufficient cpu');
  });

  it('wakes whom the pod of a lost bind had kept away', () => {
    const cluster = new TestCluster();
    cluster.node('a', {}, { at: 'a' });
    cluster.node('b', { 'example.com/gpu': '1' }, { at: 'b' });
    const containers = (requests: object) => [
      { name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort: 80 }], resources: { requests } },
    ];
    const preference = { matchExpressions: [{ key: 'at', operator: 'In', values: ['b'] }] };
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] } };
    cluster.pod('first', '0', { priority: 1, preemptionPolicy: 'Never', affinity, containers: containers({ cpu: '3' }) });
    cluster.pod('second', '0', { containers: containers({ 'example.com/gpu': '1' }) });
    const lost = cluster.decide(cluster.scheduler, { namespace: '', name: 'batch' });
    expect(lost.changes.map(({ object }) => object.spec.nodeName)).toEqual(['b', undefined]);
    cluster.pod('taken', '2', { nodeName: 'b' });
    for (let i = 0; i < 2; i++) {
      cluster.nowMs += 20_000;
      cluster.pass();
    }
    expect(['first', 'second'].map((name) => cluster.nodeOf(name))).toEqual(['a', 'b']);
  });

  it('spreads over what is left while victims are being ended', () => {
    const cluster = new TestCluster();
    const x = { labels: { app: 'x' } };
    const spread = { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'x' } } };
    for (const zone of ['a', 'b']) cluster.node(zone, { cpu: '2' }, { [ZONE]: zone });
    cluster.pod('victim', '2', { nodeName: 'a' }, x);
    cluster.pod('there', '1', { nodeName: 'b' }, x);
    cluster.pod('high', '2', { priority: 10, nodeSelector: { [ZONE]: 'a' } });
    cluster.pass();
    // in the pass that ends the victim, its zone is the emptiest already
    cluster.pod('next', '1', { topologySpreadConstraints: [spread] }, x);
    cluster.pass();
    expect(cluster.nodeOf('next')).toBeUndefined();
    expect(cluster.cache.get<Pod>('core/pods', 'default', 'victim')?.metadata.deletionTimestamp).toBeDefined();
  });

  it('says once more why a pod waits when the first time lost a race', () => {
    const cluster = new TestCluster();
    cluster.node('n', { cpu: '1' });
    cluster.pod('big', '2');
    expect(cluster.decide(cluster.scheduler, { namespace: '', name: 'batch' }).changes).toHaveLength(1);
    cluster.pass();
    expect(cluster.message('big')).toContain('Insufficient cpu');
    expect(cluster.pass()).toEqual([]);
  });

  it('says thrice an hour why a pod still waits, as events pass away, also after a new start', () => {
    const cluster = new TestCluster();
    cluster.node('n', { cpu: '1' });
    cluster.pod('big', '2');
    cluster.pass();
    const said = (scheduler: typeof cluster.scheduler, minutes: number): number =>
      Array.from({ length: minutes }, () => {
        cluster.nowMs += 60_000;
        const { changes, events: notes = [] } = cluster.decide(scheduler, { namespace: '', name: 'batch' });
        expect(changes).toEqual([]);
        return notes.filter(({ reason, message }) => reason === 'FailedScheduling' && message === cluster.message('big')).length;
      }).reduce((sum, count) => sum + count);
    expect(said(cluster.scheduler, 19)).toBe(0);
    expect(said(cluster.scheduler, 40)).toBe(2);
    expect(said(createScheduler(), 10)).toBe(1);
  });

  it('counts what a node has set aside while a pod is being made smaller', () => {
    const cluster = new TestCluster();
    cluster.node('n', { cpu: '2' });
    const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: '500m' } } }];
    const status = { phase: 'Running', containerStatuses: [{ name: 'c', allocatedResources: { cpu: '1500m' } }] };
    cluster.add({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'shrinking' }, spec: { nodeName: 'n', containers }, status });
    cluster.pod('next', '1');
    cluster.pass();
    expect(cluster.message('next')).toContain('Insufficient cpu');
    const pod = cluster.cache.get<Pod>('core/pods', 'default', 'shrinking')!;
    cluster.add({ ...pod, status: { phase: 'Running', containerStatuses: [{ name: 'c', allocatedResources: { cpu: '500m' } }] } });
    cluster.nowMs += 1000;
    cluster.pass();
    expect(cluster.nodeOf('next')).toBe('n');
  });

  it('says of each plugin what it refused, in the words of kube-scheduler', () => {
    const cluster = new TestCluster();
    cluster.node('cordoned', {}, {}, { unschedulable: true });
    cluster.node('tainted', {}, {}, { taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }] });
    cluster.node('other', {}, { disk: 'hdd' });
    cluster.node('port', {}, { disk: 'ssd' });
    const ports = [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }];
    cluster.pod('holder', '1', { nodeName: 'port', containers: [{ name: 'c', image: 'i', ports }] });
    cluster.pod('p', '1', { containers: [{ name: 'c', image: 'i', ports }], nodeSelector: { disk: 'ssd' } });
    cluster.pass();
    expect(cluster.message('p')).toBe(
      "0/4 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 1 node(s) didn't match Pod's node affinity/selector, " +
        '1 node(s) had untolerated taint {a: b}, 1 node(s) were unschedulable. preemption: 0/4 nodes are available: ' +
        '1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.',
    );
  });

  it('binds a pod once the claim that waited for it is bound on its node', async () => {
    const world = createTestWorld({ controllers });
    await world.settle();
    await world.addNode('n1');
    await world.addNode('n2');
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'local-directory' };
    await world.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'default' },
      spec,
    });
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'db', namespace: 'default' } };
    await world.create(pods, { ...pod, spec: { containers: [{ name: 'c', image: 'i' }], volumes } });
    await world.settle();
    const claim = await world.get(persistentVolumeClaims, 'default', 'data');
    expect(claim.status.phase).toBe('Bound');
    const bound = await world.get(pods, 'default', 'db');
    expect(bound.spec.nodeName).toBe(claim.metadata.annotations['volume.kubernetes.io/selected-node']);
  });

  it('makes room for a pod of higher priority, gracefully, and binds it there once the victim is gone', async () => {
    const world = createTestWorld({ controllers });
    await world.settle();
    await world.addNode('n1');
    const urgent = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'urgent' }, value: 1000 };
    await world.create(priorityClasses, urgent);
    const pod = (name: string, spec: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '3' } } }], ...spec },
    });
    await world.create(pods, pod('low', {}));
    await world.settle();
    await world.runPods();
    await world.settle();
    await world.create(pods, pod('high', { priorityClassName: 'urgent' }));
    await world.settle();
    const low = await world.get(pods, 'default', 'low');
    expect(low.metadata.deletionTimestamp).toBeDefined();
    expect(getCondition<any>(low.status.conditions, 'DisruptionTarget')).toMatchObject({ status: 'True', reason: 'PreemptionByScheduler' });
    const waiting = await world.get(pods, 'default', 'high');
    expect(waiting.status.nominatedNodeName).toBe('n1');
    expect(waiting.spec.nodeName).toBeUndefined();
    await world.runPods();
    await world.settle();
    expect((await world.get(pods, 'default', 'high')).spec.nodeName).toBe('n1');
    const told = await world.list(events);
    expect(told.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['Scheduled', 'FailedScheduling', 'Preempted']));
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('writes under the name of kube-scheduler, and its events come from default-scheduler', async () => {
    const world = createTestWorld({ controllers });
    await world.settle();
    await world.addNode('n1');
    const pod = (name: string, cpu: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }] },
    });
    await world.create(pods, pod('small', '1'));
    await world.create(pods, pod('large', '1000'));
    await world.settle();
    const { managedFields } = (await world.get(pods, 'default', 'large')).metadata;
    expect(managedFields).toContainEqual(expect.objectContaining({ manager: 'kube-scheduler', subresource: 'status' }));
    const own = (await world.list(events)).filter(({ reason }) => reason === 'Scheduled' || reason === 'FailedScheduling');
    expect(own.map(({ reportingComponent, source }) => [reportingComponent, source?.component])).toEqual([
      ['default-scheduler', 'default-scheduler'],
      ['default-scheduler', 'default-scheduler'],
    ]);
    for (const { metadata } of own) expect(metadata.managedFields).toEqual([expect.objectContaining({ manager: 'kube-scheduler' })]);
  });
});
