import { describe, expect, test } from 'vitest';
import { persistentVolumeClaims } from '#schema/core/persistent-volume-claim.ts';
import { pods } from '#schema/core/pod.ts';
import { services } from '#schema/core/service.ts';
import type { KubeObject } from '#schema/resource.ts';
import { usedOf } from '../../store/quota-usage.ts';
import { exceededMessage, limitsFor, unstated } from './quotas.ts';
import { type QuotaUsage, quotaUsage } from './usage.ts';

const pod = (resources: object, spec: object = {}): KubeObject => ({
  metadata: { name: 'p', namespace: 'd' },
  spec: { containers: [{ name: 'c', resources }], ...spec },
});
const quota = (hard: Record<string, string>, spec: object = {}): KubeObject => ({
  metadata: { name: 'q', namespace: 'd' },
  spec: { hard, ...spec },
});

const used = (uses: QuotaUsage, ...counters: string[]) => counters.map((counter) => usedOf(uses, counter));

describe('what quotas count', () => {
  test('a pod, with and without its scopes', () => {
    const uses = quotaUsage(pods, pod({ requests: { cpu: '250m' }, limits: { memory: '1Mi' } }));
    expect(uses).toEqual({
      usage: { pods: 1, 'count/pods': 1, cpu: 250, 'requests.cpu': 250, 'limits.memory': 1_048_576 },
      scopes: ['NotBestEffort', 'NotTerminating', 'NotBestEffort,NotTerminating'],
    });
    expect(used(uses, 'pods', 'NotTerminating/pods', 'NotBestEffort,NotTerminating/requests.cpu')).toEqual([1, 1, 250]);
    expect(used(uses, 'BestEffort/pods', 'NotTerminating/services', 'NotTerminating/constructor', 'toString')).toEqual(
      Array(4).fill(undefined),
    );
  });

  test('each pod for itself, also one that differs in a scope, a sidecar or what its node holds for it', () => {
    const resources = { requests: { cpu: '100m', memory: '1Mi' } };
    const sidecar = { name: 's', restartPolicy: 'Always', resources };
    const held = { containerStatuses: [{ name: 'c', allocatedResources: { cpu: '300m', memory: '1Mi' } }] };
    const each = (cpu: number): [KubeObject, Record<string, number>][] => [
      [pod({ requests: { cpu: `${cpu}m` } }), { 'requests.cpu': cpu, 'NotTerminating/pods': 1 }],
      [pod({ requests: { cpu: `${cpu}m` } }, { activeDeadlineSeconds: 9 }), { 'requests.cpu': cpu, 'Terminating/pods': 1 }],
      [pod({ requests: { cpu: `${cpu}m` } }, { priorityClassName: 'high' }), { 'requests.cpu': cpu, 'PriorityClass=high/pods': 1 }],
      [pod({ requests: { cpu: `${cpu}m` } }, { initContainers: [sidecar] }), { 'requests.cpu': cpu + 100 }],
      [
        pod({ requests: { cpu: `${cpu}m` } }, { initContainers: [{ ...sidecar, restartPolicy: undefined }] }),
        { 'requests.cpu': Math.max(cpu, 100) },
      ],
      [pod({ requests: { cpu: `${cpu}m` } }, { overhead: { cpu: '7m' } }), { 'requests.cpu': cpu + 7 }],
      [{ ...pod({ requests: { cpu: `${cpu}m` } }), status: held }, { 'requests.cpu': Math.max(cpu, 300) }],
    ];
    // more than are remembered, and again
    const cpus = [...Array(12).keys(), ...Array(12).keys()].map((n) => 50 * n + 1);
    for (const cpu of cpus) {
      for (const [object, expected] of each(cpu))
        expect(used(quotaUsage(pods, object), ...Object.keys(expected))).toEqual(Object.values(expected));
    }
  });

  test('a finished pod no longer counts as one', () => {
    expect(quotaUsage(pods, { ...pod({}), status: { phase: 'Failed' } })).toEqual({ usage: { 'count/pods': 1 }, scopes: [] });
  });

  test('services by type, claims by class', () => {
    const service = { metadata: {}, spec: { type: 'LoadBalancer', ports: [{ port: 1 }, { port: 2 }] } };
    expect(quotaUsage(services, service)).toEqual({
      usage: { 'count/services': 1, services: 1, 'services.loadbalancers': 1, 'services.nodeports': 2 },
      scopes: [],
    });
    const claim = { metadata: {}, spec: { storageClassName: 'fast', resources: { requests: { storage: '1Ki' } } } };
    expect(quotaUsage(persistentVolumeClaims, claim).usage).toMatchObject({
      persistentvolumeclaims: 1,
      'requests.storage': 1024,
      'fast.storageclass.storage.k8s.io/requests.storage': 1024,
    });
  });
});

describe('limits', () => {
  test('only of quotas whose scopes the object is in', () => {
    const usage = quotaUsage(pods, pod({}));
    expect(limitsFor([quota({ pods: '2', 'requests.cpu': '1' })], usage)).toEqual([{ counter: 'pods', hard: 2 }]);
    expect(limitsFor([quota({ pods: '2' }, { scopes: ['NotBestEffort'] })], usage)).toEqual([]);
    expect(limitsFor([quota({ pods: '2' }, { scopes: ['NotTerminating', 'BestEffort'] })], usage)).toEqual([
      { counter: 'BestEffort,NotTerminating/pods', hard: 2 },
    ]);
  });

  test('a refusal names quota, request, use and limit in the units of the quota', () => {
    const of = quota({ pods: '10', 'requests.cpu': '1' });
    expect(exceededMessage([of], [{ counter: 'requests.cpu', used: 900, growth: 200, hard: 1000 }])).toBe(
      'exceeded quota: q, requested: requests.cpu=200m, used: requests.cpu=900m, limited: requests.cpu=1',
    );
  });

  test('a refusal names the quota that is passed, not another that counts the same', () => {
    const tight = { ...quota({ pods: '2' }), metadata: { name: 'tight', namespace: 'd' } };
    expect(exceededMessage([quota({ pods: '10' }), tight], [{ counter: 'pods', used: 2, growth: 1, hard: 2 }])).toBe(
      'exceeded quota: tight, requested: pods=1, used: pods=2, limited: pods=2',
    );
  });

  test('a pod must state what a quota counts', () => {
    const bare = pod({});
    expect(unstated(quota({ 'limits.cpu': '1', 'requests.memory': '1Gi' }), bare, quotaUsage(pods, bare))).toBe(
      'failed quota: q: must specify limits.cpu for: c; requests.memory for: c',
    );
    expect(unstated(quota({ 'limits.cpu': '1' }, { scopes: ['NotBestEffort'] }), bare, quotaUsage(pods, bare))).toBeUndefined();
    expect(unstated(quota({ 'requests.example.com/gpu': '1', 'limits.cpu': '1' }), bare, quotaUsage(pods, bare))).toBe(
      'failed quota: q: must specify limits.cpu for: c',
    );
  });
});
