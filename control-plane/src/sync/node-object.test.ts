import { describe, expect, it } from 'vitest';
import type { KubeObject } from '#schema/resource.ts';
import { mergeNodeMeta, mergeNodeStatus, newNode } from './node-object.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const later = '2026-01-01T00:05:00Z';
const ready = (lastHeartbeatTime: string, status = 'True') => ({ type: 'Ready', status, reason: 'KubeletReady', lastHeartbeatTime });
const report = (status: Readonly<Record<string, unknown>>, labels: Readonly<Record<string, string>> = {}) => ({
  labels,
  annotations: {},
  status,
});

describe('the Node object of an agent', () => {
  it('carries the labels of the machine and none that isolate workloads', () => {
    const labels = {
      'kubernetes.io/os': 'linux',
      'topology.kubernetes.io/zone': 'z1',
      'example.com/rack': '7',
      disk: 'ssd',
      'node-restriction.kubernetes.io/team': 'x',
      'node-role.kubernetes.io/control-plane': '',
    };
    expect(newNode('n1', report({}, labels), nowMs).metadata.labels).toEqual({
      'kubernetes.io/hostname': 'n1',
      'kubernetes.io/os': 'linux',
      'topology.kubernetes.io/zone': 'z1',
      'example.com/rack': '7',
      disk: 'ssd',
    });
  });

  it('keeps what others put on it', () => {
    const node = newNode('n1', report({ capacity: { cpu: '2' } }), nowMs);
    const labelled = {
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, own: 'x' } },
      spec: { unschedulable: true },
    } as KubeObject;
    expect(mergeNodeMeta(labelled, report({}))).toBeUndefined();
    const merged = mergeNodeMeta(labelled, report({}, { disk: 'ssd' }))!;
    expect(merged.metadata.labels).toMatchObject({ own: 'x', disk: 'ssd' });
    expect(merged.spec).toEqual({ unschedulable: true });
  });

  it('writes nothing for a heartbeat alone, and the change of a condition with its times', () => {
    const node = newNode('n1', report({ conditions: [ready('2026-01-01T00:00:00Z')] }), nowMs);
    expect(mergeNodeStatus(node, report({ conditions: [ready(later)] }), nowMs + 300_000)).toEqual(node);
    const changed = mergeNodeStatus(node, report({ conditions: [ready(later, 'False')] }), nowMs + 300_000);
    expect(changed.status.conditions).toEqual([{ ...ready(later, 'False'), lastTransitionTime: later }]);
  });
});
