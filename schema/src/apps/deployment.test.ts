import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type ReplicationController, replicationControllers } from '../core/replication-controller.ts';
import { type Deployment, deployments } from './deployment.ts';
import { type ReplicaSet, replicaSets } from './replica-set.ts';

const metadata = { name: 'web', namespace: 'default' };
const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'c', image: 'nginx' },
      { name: 'd', image: 'redis' },
    ],
  },
};
const selector = { matchLabels: { app: 'web' } };
const deployment = (spec: object, old?: Deployment) =>
  accept<Deployment>(deployments, { metadata, spec: { selector, template, ...spec } }, old);

describe('deployments', () => {
  it('get their defaults', () => {
    const { object, errors } = deployment({});
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      template: { spec: { restartPolicy: 'Always', containers: [{ imagePullPolicy: 'Always' }, {}] } },
    });
    expect(object.spec.template.spec).not.toHaveProperty('enableServiceLinks');
    expect(deployment({ strategy: { type: 'Recreate' } }).object.spec.strategy).toEqual({ type: 'Recreate' });
  });

  it('keep a count of zero', () => {
    expect(deployment({ replicas: 0 }).object.spec.replicas).toBe(0);
  });

  it.each<[string, object, string[]]>([
    ['negative replicas', { replicas: -1 }, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    [
      'a template that does not match',
      { selector: { matchLabels: { app: 'api' } } },
      ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ],
    ['an empty selector', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for deployment']],
    [
      'pods that end',
      { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'limits of a rolling update when recreating',
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'a rolling update that cannot move',
      { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      'more than all unavailable',
      { strategy: { rollingUpdate: { maxUnavailable: '101%' } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'a deadline before pods can be available',
      { minReadySeconds: 30, progressDeadlineSeconds: 30 },
      ['spec.progressDeadlineSeconds: Invalid value: 30: must be greater than minReadySeconds'],
    ],
  ])('refuse %s', (_, spec, expected) => {
    expect(deployment(spec).errors).toEqual(expected);
  });

  it('say what is missing from nothing', () => {
    expect(accept(deployments, { metadata }).errors).toEqual([
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ]);
  });

  it('say all that is wrong at once, in order', () => {
    const containers = [
      { image: 'i', ports: [{ protocol: 'ICMP' }] },
      { name: 'd', image: 'i', imagePullPolicy: 'Perhaps' },
    ];
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{}] } };
    const spec = { replicas: -1, template: { ...template, spec: { containers, affinity } }, revisionHistoryLimit: -1 };
    expect(
      accept(deployments, { metadata: { ...metadata, labels: { a: '-' } }, spec }).errors.map((text) => text.split(' (e.g.')[0]),
    ).toEqual([
      expect.stringMatching(/^metadata.labels: Invalid value: "-": a valid label must/),
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      'spec.template.spec.containers[0].name: Required value',
      'spec.template.spec.containers[0].ports[0].containerPort: Required value',
      'spec.template.spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
      'spec.template.spec.containers[1].imagePullPolicy: Unsupported value: "Perhaps": supported values: "Always", "IfNotPresent", "Never"',
      'spec.template.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
      'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });

  it('keep their selector and their status', () => {
    const { object: old } = deployment({});
    old.status = { readyReplicas: 1 };
    const labels = { app: 'web', tier: 'front' };
    const next = deployment({ selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } }, old);
    expect(next.errors).toEqual(['spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"front"}}: field is immutable']);
    expect(next.object.status).toEqual({ readyReplicas: 1 });
  });

  it('are shown as kubectl does', () => {
    const { object } = deployment({ replicas: 2 });
    object.status = { readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 };
    expect(row(deployments, object, 0)).toEqual({
      Name: 'web',
      Ready: '2/2',
      'Up-to-date': 1,
      Available: 2,
      Age: '<unknown>',
      Containers: 'c,d',
      Images: 'nginx,redis',
      Selector: 'app=web',
    });
  });

  it('scale', () => {
    const { object } = deployment({ selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'api'] }] } });
    deployments.scale!.setReplicas(object, 5);
    expect(deployments.scale!.replicas(object)).toBe(5);
    expect(deployments.scale!.selector(object)).toBe('app in (api,web)');
    expect(deployments.scale!.statusReplicas(object)).toBe(0);
  });
});

describe('replica sets', () => {
  it('are shown and selected by their count', () => {
    const { object, errors } = accept<ReplicaSet>(replicaSets, { metadata, spec: { replicas: 3, selector, template } });
    expect(errors).toEqual([]);
    expect(object.status).toEqual({ replicas: 0 });
    object.status = { replicas: 2, readyReplicas: 1 };
    expect(row(replicaSets, object, 0)).toMatchObject({ Desired: 3, Current: 2, Ready: 1, Selector: 'app=web' });
    expect(replicaSets.selectableFields['status.replicas']!(object)).toBe('2');
  });
});

describe('replication controllers', () => {
  it('take selector and labels from their template', () => {
    const { object, errors } = accept<ReplicationController>(replicationControllers, { metadata, spec: { template } });
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({ replicas: 1, selector: { app: 'web' } });
    expect(object.metadata.labels).toEqual({ app: 'web' });
    expect(replicationControllers.scale!.selector(object)).toBe('app=web');
  });

  it('need a template that matches', () => {
    expect(accept(replicationControllers, { metadata, spec: {} }).errors).toEqual([
      'spec.selector: Required value',
      'spec.template: Required value',
    ]);
    expect(accept(replicationControllers, { metadata, spec: { selector: { a: 'b' }, template } }).errors).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
  });
});
