/** `kedge why` and `kedge fit` from what is typed to what is printed, against the real API. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '#control-plane/apiserver/testing.ts';
import { kubeconfigOf, namespaceIn } from './access.ts';
import { everythingFits, fitText, objectsOf, withPods } from './fit.ts';
import { ageOf, podNameOf, whyText } from './why.ts';

const simulate = '/apis/kedge.dev/v1/scheduling:simulate';
const merge = { 'content-type': 'application/merge-patch+json' };

describe('what is typed', () => {
  it.each([
    [['web'], 'web'],
    [['pod/web'], 'web'],
    [['pods', 'web'], 'web'],
    [['po/web'], 'web'],
    [[], undefined],
    [['deployment/web'], undefined],
    [['pod/a', 'b'], undefined],
    [['pod/'], undefined],
  ])('%j names the pod %s', (args, name) => expect(podNameOf(args as string[])).toBe(name));

  it('is a manifest of several documents and lists, or an error with its place', () => {
    const text = 'kind: Pod\n---\n---\nkind: List\nitems: [{kind: Job}, {kind: Service}]\n';
    const { bring, others } = withPods(objectsOf(text, 'f'));
    expect([bring.map(({ kind }) => kind), others]).toEqual([['Pod', 'Job'], ['Service']]);
    expect(() => objectsOf('kind: Pod\n---\nkind: [', 'web.yaml')).toThrow(/^web.yaml, document 2: /);
    expect(() => objectsOf('just words', 'f')).toThrow(expect.objectContaining({ name: 'PersonError' }));
  });

  it('names a cluster: --kubeconfig, a named folder, KUBECONFIG, the folder that is there, the home', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'kedge-access-'));
    try {
      const config = join(scratch, 'config');
      writeFileSync(config, 'current-context: a\ncontexts: [{name: a, context: {namespace: team}}]\n');
      const env = { KUBECONFIG: `/nowhere:${config}`, HOME: scratch };
      const dir = resolve('.kedge');
      expect(kubeconfigOf({ dir, kubeconfig: 'x', env })).toBe('x');
      expect(kubeconfigOf({ dir: scratch, kubeconfig: undefined, env })).toContain(scratch);
      expect(kubeconfigOf({ dir, kubeconfig: undefined, env })).toBe(config);
      expect([namespaceIn(config), namespaceIn('/nowhere')]).toEqual(['team', 'default']);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });

  it('has ages as kubectl prints them', () => {
    expect([5, 119, 130, 600, 7200, 200_000].map((seconds) => ageOf(0, seconds * 1000))).toEqual([
      '5s',
      '119s',
      '2m10s',
      '10m',
      '2h',
      '2d',
    ]);
  });
});

describe('what is printed', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    for (const [name, cpu, spec] of [
      ['n1', '2', { taints: null }],
      ['n2', '1', { taints: null }],
      ['n3', '4', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }],
      ['n4', '4', { taints: null, unschedulable: true }],
    ] as const) {
      await world.create('/api/v1/nodes', { metadata: { name, labels: { 'kubernetes.io/hostname': name } } });
      await world.call('PATCH', `/api/v1/nodes/${name}/status`, { status: { allocatable: { cpu, memory: '4Gi', pods: '10' } } }, merge);
      await world.call('PATCH', `/api/v1/nodes/${name}`, { spec }, merge);
    }
  });
  afterEach(() => world.close());

  const pod = (name: string, cpu: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu } } }], ...more },
  });
  const make = (object: object) => world.create('/api/v1/namespaces/default/pods', object as never);

  const why = async (name: string, nodes = false): Promise<string> => {
    const { body } = await world.call('GET', `/api/v1/namespaces/default/pods/${name}`);
    const answer = await world.call('POST', simulate, { pods: [{ name }], explain: true });
    return whyText(body, answer.body.placements[0], { nodes, nowMs: world.nowMs + 65_000 });
  };

  const fitting = async (objects: object[], more: object = {}) => {
    const { body } = await world.call('POST', simulate, { objects, explain: true, ...more });
    if (objects.length === 1) body.capacity = (await world.call('POST', simulate, { objects, howMany: true, ...more })).body.capacity;
    return { text: fitText(objects, body, { nodes: true }), fits: everythingFits(body) };
  };

  it('is why a pod waits: the count for each reason, what would have to change, and each node where it is asked', async () => {
    await make(pod('held', '1500m', { nodeName: 'n1' }));
    await make(pod('big', '1200m'));
    expect(await why('big', true)).toBe(
      `Pod default/big has no node, made 2026-01-01T00:00:00Z (65s ago).
Now:   0/4 nodes are available: 1 node(s) had untolerated taint {gpu: yes}, 1 node(s) were unschedulable, 2 Insufficient cpu. preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.

NODES   PLUGIN              REASON                                     WHICH
2       NodeResourcesFit    Insufficient cpu                           n1, n2
1       TaintToleration     node(s) had untolerated taint {gpu: yes}   n3
1       NodeUnschedulable   node(s) were unschedulable                 n4

What would have to change:
  - n1 comes nearest: it lacks 700m of cpu (1200m asked, 500m free). Ask for less, end or move pods there, or add a node.
  - Tolerate the taint gpu=yes:NoSchedule in the pod, or take it off n3.
  - Uncordon n4: kubectl uncordon NODE.

NODE   PLUGIN              REASON
n1     NodeResourcesFit    Insufficient cpu
n2     NodeResourcesFit    Insufficient cpu
n3     TaintToleration     node(s) had untolerated taint {gpu: yes}
n4     NodeUnschedulable   node(s) were unschedulable`,
    );
  });

  it('is where and when a pod was placed, and that one which waits would fit now', async () => {
    await make(pod('held', '1500m', { nodeName: 'n1' }));
    expect(await why('held')).toMatch(/^Pod default\/held is on node n1\.\n/);
    await make(pod('small', '100m'));
    expect(await why('small')).toContain('Now:   it fits on n2; the scheduler tries it again by itself.');
  });

  it('advises about labels, ports, claims and spreading', async () => {
    const ports = [{ containerPort: 80, hostPort: 80 }];
    const holder = pod('holder', '1', { nodeName: 'n1' });
    await make({ ...holder, spec: { ...holder.spec, containers: [{ name: 'c', image: 'i', ports }] } });
    const only = { nodeSelector: { 'kubernetes.io/hostname': 'n1' } };
    await make({ ...pod('web', '1'), spec: { ...only, containers: [{ name: 'c', image: 'i', ports }] } });
    const text = await why('web');
    expect(text).toContain('- Host ports are held: 80/TCP by default/holder on n1. Ask for another port, or add a node.');
    expect(text).toContain('- nodeSelector: 1 of 4 nodes have kubernetes.io/hostname=n1. Label a node so, or ask for less.');
    await make(pod('db', '1', { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] }));
    expect(await why('db')).toContain('- Its claims come first: persistentvolumeclaim "data" not found.');
  });

  it('is where the pods of a manifest would go, what does not fit, and how many more would', async () => {
    const template = { metadata: { labels: { app: 'web' } }, spec: pod('', '900m').spec };
    const spec = { replicas: 4, selector: { matchLabels: { app: 'web' } }, template };
    const { text, fits } = await fitting([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec }]);
    expect(fits).toBe(false);
    expect(text).toMatch(
      /^OBJECT +PODS +FIT +WHERE\nDeployment\/web +4 +3 +n1 \(2\), n2\n\nDeployment\/web: 1 pod would not fit: 0\/4 nodes are available: /,
    );
    expect(text).toMatch(/\nRoom for 3 such pods in all: n1 \(2\), n2\.$/);
    expect((await fitting([pod('one', '1')])).fits).toBe(true);
  });

  it('says of a DaemonSet what its own nodes lack, not that others are others', async () => {
    const template = { metadata: { labels: { app: 'logs' } }, spec: pod('', '1500m').spec };
    const spec = { selector: { matchLabels: { app: 'logs' } }, template };
    const { text } = await fitting([{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'logs' }, spec }]);
    expect(text).toMatch(/^OBJECT +PODS +FIT +WHERE\nDaemonSet\/logs +3 +2 +n1, n4\n/);
    expect(text).toContain('- n2 comes nearest: it lacks 500m of cpu (1500m asked, 1 free, and has 1 even when it is empty).');
    expect(text).not.toContain('affinity names');
  });

  it('is where the pods of a node would go without it', async () => {
    for (const name of ['a', 'b']) await make(pod(name, '700m', { nodeName: 'n1' }));
    const { text, fits } = await fitting([], { withoutNodes: ['n1'] });
    expect(fits).toBe(false);
    expect(text).toMatch(/^POD +FROM +TO\ndefault\/\w +n1 +n2\ndefault\/\w +n1 +-\n\nOf these: 1 pod would not fit: /);
    expect((await fitting([], { withoutNodes: ['n2'] })).text).toBe('No pods run there that would have to go elsewhere.');
  });
});
