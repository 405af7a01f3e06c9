/** The steps, each as the pure function it is. */
import { describe, expect, test } from 'vitest';
import { leases } from '#schema/coordination/lease.ts';
import { nodes } from '#schema/core/node.ts';
import { pods } from '#schema/core/pod.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { AdmissionContext, AdmissionRequest, AdmissionStep } from './admission.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { nodeRestriction } from './node-restriction.ts';
import { priority } from './priority.ts';
import { serviceAccount } from './service-account.ts';

const context = (account?: object): AdmissionContext => ({
  lookup: (key) => (key.resource === 'core/serviceaccounts' ? (account as KubeObject | undefined) : ({ metadata: {} } as KubeObject)),
  list: () => [],
  warn: () => undefined,
  nowMs: 0,
  random: () => 0,
  cluster: {} as AdmissionContext['cluster'],
});
const pod = (spec: object = {}): KubeObject => ({
  metadata: { name: 'p', namespace: 'd' },
  spec: { containers: [{ name: 'c' }], ...spec },
});
const request = (object: KubeObject, more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  operation: 'create',
  definition: pods,
  subresource: '',
  namespace: 'd',
  name: object.metadata.name ?? '',
  object,
  actor: { user: { name: 'u', groups: [] }, fieldManager: '' },
  ...more,
});
const mutated = (step: AdmissionStep, object: KubeObject, account?: object): KubeObject => {
  step.mutate!(request(object), context(account));
  return object;
};

describe('ServiceAccount', () => {
  const account = { metadata: { name: 'default' } };
  test('every container gets the token, once', () => {
    const object = mutated(serviceAccount, pod({ initContainers: [{ name: 'i' }] }), account);
    expect(object.spec.volumes).toHaveLength(1);
    expect(object.spec.volumes[0].projected.sources[0].serviceAccountToken).toEqual({ expirationSeconds: 3607, path: 'token' });
    expect(object.spec.initContainers[0].volumeMounts).toEqual(object.spec.containers[0].volumeMounts);
    const again = structuredClone(object);
    expect(mutated(serviceAccount, again, account)).toEqual(object);
  });
  test.each([
    ['the pod says no', { automountServiceAccountToken: false }, account, false],
    ['the account says no', {}, { ...account, automountServiceAccountToken: false }, false],
    ['the pod overrules', { automountServiceAccountToken: true }, { ...account, automountServiceAccountToken: false }, true],
  ])('%s', (_what, spec, with_, mounts) => {
    expect(mutated(serviceAccount, pod(spec), with_).spec.volumes !== undefined).toBe(mounts);
  });
  test('pull secrets come from the account unless the pod has its own', () => {
    const secret = { ...account, imagePullSecrets: [{ name: 'r' }] };
    expect(mutated(serviceAccount, pod(), secret).spec.imagePullSecrets).toEqual([{ name: 'r' }]);
    expect(mutated(serviceAccount, pod({ imagePullSecrets: [{ name: 'own' }] }), secret).spec.imagePullSecrets).toEqual([{ name: 'own' }]);
  });
});

describe('DefaultTolerationSeconds', () => {
  test('fills what is missing only', () => {
    expect(mutated(defaultTolerationSeconds, pod()).spec.tolerations.map((t: any) => [t.key, t.tolerationSeconds])).toEqual([
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ]);
    const all = [{ operator: 'Exists' }];
    expect(mutated(defaultTolerationSeconds, pod({ tolerations: all })).spec.tolerations).toEqual(all);
    const one = [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }];
    expect(mutated(defaultTolerationSeconds, pod({ tolerations: one })).spec.tolerations).toHaveLength(2);
  });
});

describe('Priority', () => {
  test('zero, a system class, an unknown class, a made-up number', () => {
    expect(mutated(priority, pod()).spec).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    expect(mutated(priority, pod({ priorityClassName: 'system-node-critical' })).spec.priority).toBe(2_000_001_000);
    expect(() => mutated(priority, pod({ priorityClassName: 'x' }))).toThrow(
      'pods "p" is forbidden: no PriorityClass with name x was found',
    );
    expect(() => mutated(priority, pod({ priority: 7 }))).toThrow('the integer value of priority (7) must not be provided in pod spec');
  });
});

describe('NodeRestriction', () => {
  const actor = { user: { name: 'system:node:n1', groups: ['system:nodes'] }, fieldManager: '' };
  const check =
    (definition: ResourceDefinition, object: KubeObject, more: Partial<AdmissionRequest> = {}) =>
    () =>
      nodeRestriction.validate!(request(object, { definition, actor, ...more }), context());
  const node = (name: string, labels: Record<string, string> = {}): KubeObject => ({ metadata: { name, labels } });
  const on = (nodeName: string) => pod({ nodeName });

  test('its own Node, without labels that grant placement', () => {
    expect(check(nodes, node('n1', { 'kubernetes.io/hostname': 'n1' }))).not.toThrow();
    expect(check(nodes, node('n2'))).toThrow('node "n1" is not allowed to modify node "n2"');
    expect(check(nodes, node('n1', { 'x.node-restriction.kubernetes.io/a': 'b' }))).toThrow('is not allowed to modify labels');
    const tainted = { ...node('n1'), spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } };
    expect(check(nodes, node('n1'), { operation: 'update', old: tainted })).toThrow('is not allowed to modify taints');
  });
  test('pods bound to it: status and delete, nothing else', () => {
    expect(check(pods, on('n1'), { operation: 'update', subresource: 'status', old: on('n1') })).not.toThrow();
    expect(check(pods, on('n1'), { operation: 'delete' })).not.toThrow();
    expect(check(pods, on('n2'), { operation: 'delete' })).toThrow('can only delete pods with spec.nodeName set to itself');
    expect(check(pods, on('n1'), { operation: 'update', old: on('n1') })).toThrow('can only update the status of pods');
    expect(check(pods, on('n1'))).toThrow('can only create mirror pods');
  });
  test('its own lease', () => {
    const lease = { metadata: { name: 'n1', namespace: 'kube-node-lease' } };
    expect(check(leases, lease, { namespace: 'kube-node-lease' })).not.toThrow();
    expect(check(leases, lease, { namespace: 'default' })).toThrow('kube-node-lease');
    expect(check(leases, { metadata: { name: 'n2' } }, { namespace: 'kube-node-lease' })).toThrow('same name as the requesting node');
  });
  test('others are not its business', () => {
    expect(() => nodeRestriction.validate!(request(node('n2'), { definition: nodes }), context())).not.toThrow();
  });
});
