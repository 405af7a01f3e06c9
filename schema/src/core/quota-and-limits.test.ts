import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type ComponentStatus, componentStatuses } from './component-status.ts';
import { type LimitRange, limitRanges } from './limit-range.ts';
import { type PodTemplate, podTemplates } from './pod-template-kind.ts';
import { type ResourceQuota, resourceQuotas } from './resource-quota.ts';

const metadata = { name: 'team', namespace: 'default' };

describe('limit ranges', () => {
  const range = (...limits: object[]) => accept<LimitRange>(limitRanges, { metadata, spec: { limits } });
  const container = (fields: object) => range({ type: 'Container', ...fields });

  it('fill in what is not said of containers', () => {
    const { object, errors } = container({ max: { cpu: '2', memory: '1Gi' }, min: { cpu: '100m' }, default: { cpu: '1' } });
    expect(errors).toEqual([]);
    expect(object.spec.limits[0]).toMatchObject({ default: { cpu: '1', memory: '1Gi' }, defaultRequest: { cpu: '1', memory: '1Gi' } });
    expect(container({ min: { cpu: '100m' } }).object.spec.limits[0]).toMatchObject({ defaultRequest: { cpu: '100m' } });
    expect(range({ type: 'Pod', max: { cpu: '2' } }).object.spec.limits[0]).toEqual({ type: 'Pod', max: { cpu: '2' } });
  });

  it.each<[string, object[], string[]]>([
    ['a sort twice', [{ type: 'Pod' }, { type: 'Pod' }], ['spec.limits[1].type: Duplicate value: "Pod"']],
    [
      'an unknown sort',
      [{ type: 'Node' }],
      ['spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified'],
    ],
    [
      'an unknown resource',
      [{ type: 'Pod', max: { gold: '1' } }],
      ['spec.limits[0].max[gold]: Invalid value: "gold": must be a standard resource type or fully qualified'],
    ],
    [
      'defaults of pods',
      [{ type: 'Pod', default: { cpu: '1' } }],
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    [
      'claims without bounds',
      [{ type: 'PersistentVolumeClaim' }],
      ['spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided'],
    ],
    [
      'bounds that cross',
      [{ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } }],
      ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ],
    [
      'a request above its limit',
      [{ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '2' } }],
      ['spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1'],
    ],
    [
      'a ratio nothing can have',
      [{ type: 'Pod', maxLimitRequestRatio: { cpu: '10' }, min: { cpu: '1' }, max: { cpu: '2' } }],
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "10": ratio 10 is greater than max/min = 2.000000'],
    ],
  ])('refuse %s', (_, limits, expected) => {
    expect(range(...limits).errors).toEqual(expected);
  });
});

describe('resource quotas', () => {
  const quota = (spec: object, old?: ResourceQuota) => accept<ResourceQuota>(resourceQuotas, { metadata, spec }, old);

  it('count what they know', () => {
    const hard = {
      pods: '10',
      'requests.cpu': '1500m',
      'limits.memory': '1Gi',
      'count/deployments.apps': '3',
      'requests.nvidia.com/gpu': '1',
    };
    const { object, errors } = quota({ hard });
    expect(errors).toEqual([]);
    expect(object.status).toEqual({});
    const more = { 'fast.storageclass.storage.k8s.io/requests.storage': '10Gi', 'services.nodeports': '0', 'hugepages-2Mi': '1Gi' };
    expect(quota({ hard: more }).errors).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    [
      'an unknown resource',
      { hard: { gold: '1' } },
      [
        'spec.hard[gold]: Invalid value: "gold": must be a standard resource type or fully qualified',
        'spec.hard[gold]: Invalid value: "gold": must be a standard resource for quota',
      ],
    ],
    ['less than nothing', { hard: { cpu: '-1' } }, ['spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0']],
    ['half a pod', { hard: { pods: '500m' } }, ['spec.hard[pods]: Invalid value: "500m": must be an integer']],
    ['an unknown scope', { scopes: ['Rich'] }, ['spec.scopes: Invalid value: ["Rich"]: unsupported scope']],
    [
      'services in a scope of pods',
      { scopes: ['BestEffort'], hard: { services: '1' } },
      ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
    ],
    [
      'opposite scopes',
      { scopes: ['Terminating', 'NotTerminating'] },
      ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
    ],
    [
      'a class that is not named',
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
      [
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      ],
    ],
  ])('refuse %s', (_, spec, expected) => {
    expect(quota(spec).errors).toEqual(expected);
  });

  it('keep their scopes', () => {
    const { object: old } = quota({ scopes: ['BestEffort'], hard: { pods: '1' } });
    expect(quota({ scopes: ['BestEffort'], hard: { pods: '2' } }, old).errors).toEqual([]);
    expect(quota({ hard: { pods: '1' } }, old).errors).toEqual(['spec.scopes: Invalid value: null: field is immutable']);
  });

  it('are shown as kubectl does', () => {
    const { object } = quota({ hard: { pods: '10' } });
    object.status = { hard: { pods: '10', 'limits.cpu': '2', 'count/secrets': '5' }, used: { pods: '1', 'limits.cpu': '500m' } };
    expect(row(resourceQuotas, object, 0)).toMatchObject({ Request: 'count/secrets: 0/5, pods: 1/10', Limit: 'limits.cpu: 500m/2' });
  });
});

describe('pod templates', () => {
  it('are pods to be', () => {
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
    const { object, errors } = accept<PodTemplate>(podTemplates, { metadata, template });
    expect(errors).toEqual([]);
    expect(object.template.spec?.restartPolicy).toBe('Always');
    expect(row(podTemplates, object, 0)).toEqual({ Name: 'team', Containers: 'c', Images: 'nginx', 'Pod Labels': 'app=web' });
    expect(accept(podTemplates, { metadata, template: {} }).errors).toEqual(['template.spec.containers: Required value']);
  });
});

describe('component statuses', () => {
  it('say who is healthy', () => {
    const component: ComponentStatus = { metadata: { name: 'etcd-0' } };
    expect(row(componentStatuses, component, 0)).toEqual({ Name: 'etcd-0', Status: 'Unknown', Message: '', Error: '' });
    component.conditions = [{ type: 'Healthy', status: 'True', message: 'ok' }];
    expect(row(componentStatuses, component, 0)).toMatchObject({ Status: 'Healthy', Message: 'ok' });
    component.conditions = [{ type: 'Healthy', status: 'False', error: 'gone' }];
    expect(row(componentStatuses, component, 0)).toMatchObject({ Status: 'Unhealthy', Error: 'gone' });
  });
});
