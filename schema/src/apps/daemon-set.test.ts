import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type ControllerRevision, controllerRevisions } from './controller-revision.ts';
import { type DaemonSet, daemonSets } from './daemon-set.ts';

const metadata = { name: 'agent', namespace: 'default' };
const selector = { matchLabels: { app: 'agent' } };
const template = { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image: 'agent' }] } };
const set = (spec: object, old?: DaemonSet) => accept<DaemonSet>(daemonSets, { metadata, spec: { selector, template, ...spec } }, old);
const rolling = (rollingUpdate: object) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } });

describe('daemon sets', () => {
  it('get their defaults', () => {
    const { object, errors } = set({});
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    });
    expect(object.status).toEqual({ currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 });
  });

  it.each<[string, object, string[]]>([
    [
      'another strategy',
      { updateStrategy: { type: 'Recreate' } },
      ['spec.updateStrategy: Unsupported value: {"type":"Recreate"}: supported values: "OnDelete", "RollingUpdate"'],
    ],
    [
      'both ways at once',
      rolling({ maxUnavailable: 1, maxSurge: 1 }),
      ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
    ],
    [
      'an update that cannot move',
      rolling({ maxUnavailable: 0 }),
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
    ],
    [
      'more than all',
      rolling({ maxUnavailable: '101%' }),
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    ['an empty selector', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset']],
    [
      'pods with a deadline',
      { template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 5 } } },
      ['spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported'],
    ],
  ])('refuse %s', (_, spec, expected) => {
    expect(set(spec).errors).toEqual(expected);
  });

  it('keep their selector', () => {
    const { object: old } = set({});
    const labels = { app: 'agent', tier: 'node' };
    const next = set({ selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } }, old);
    expect(next.errors).toEqual(['spec.selector: Invalid value: {"matchLabels":{"app":"agent","tier":"node"}}: field is immutable']);
  });

  it('are shown as kubectl does', () => {
    const { object } = set({ template: { ...template, spec: { ...template.spec, nodeSelector: { disk: 'ssd' } } } });
    object.status = { currentNumberScheduled: 2, numberMisscheduled: 0, desiredNumberScheduled: 3, numberReady: 1, numberAvailable: 1 };
    expect(row(daemonSets, object, 0)).toMatchObject({
      Desired: 3,
      Current: 2,
      Ready: 1,
      'Up-to-date': 0,
      Available: 1,
      'Node Selector': 'disk=ssd',
    });
  });
});

describe('controller revisions', () => {
  const revision = (fields: object, old?: ControllerRevision) =>
    accept<ControllerRevision>(controllerRevisions, { metadata, ...fields }, old);

  it('hold a state that never changes', () => {
    expect(revision({ revision: 1 }).errors).toEqual(['data: Required value: data is mandatory']);
    expect(revision({ data: { a: 1 }, revision: -1 }).errors).toEqual(['revision: Invalid value: -1: must be greater than or equal to 0']);
    const { object: old } = revision({ data: { a: 1 }, revision: 1 });
    expect(revision({ data: { a: 1 }, revision: 2 }, old).errors).toEqual([]);
    expect(revision({ data: { a: 2 }, revision: 1 }, old).errors).toEqual(['data: Invalid value: {"a":2}: field is immutable']);
  });

  it('name their owner', () => {
    const { object } = revision({ data: {}, revision: 3 });
    expect(row(controllerRevisions, object, 0)).toMatchObject({ Controller: '<none>', Revision: 3 });
    object.metadata.ownerReferences = [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'u', controller: true }];
    expect(row(controllerRevisions, object, 0).Controller).toBe('daemonset.apps/agent');
  });
});
