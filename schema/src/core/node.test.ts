import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type Node, nodes } from './node.ts';

const NOW = Date.parse('2024-05-02T12:00:00Z');
const node = (fields: object, old?: Node) =>
  accept<Node>(nodes, { metadata: { name: 'n1', creationTimestamp: '2024-05-01T11:00:00Z' }, ...fields }, old);

describe('nodes', () => {
  it('keep the status they register with', () => {
    const { object, errors } = node({ status: { capacity: { cpu: '2' } } });
    expect(errors).toEqual([]);
    expect(object.status).toEqual({ capacity: { cpu: '2' }, allocatable: { cpu: '2' } });
  });

  it('keep podCIDR and podCIDRs in step and claim them', () => {
    const { object } = node({ spec: { podCIDR: '10.244.1.0/24' } });
    expect(object.spec).toEqual({ podCIDR: '10.244.1.0/24', podCIDRs: ['10.244.1.0/24'] });
    expect(nodes.claims!(object)).toEqual([{ scope: 'nodeCIDR', value: '10.244.1.0/24' }]);
    expect(node({ spec: { podCIDR: '10.244.2.0/24', podCIDRs: ['10.244.2.0/24'] } }, object).errors).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ]);
  });

  it('have good taints', () => {
    const taint = { key: 'k', effect: 'NoSchedule' };
    expect(node({ spec: { taints: [{ key: 'k', effect: 'Go' }] } }).errors).toEqual([
      'spec.taints[0].effect: Unsupported value: "Go": supported values: "NoExecute", "NoSchedule", "PreferNoSchedule"',
    ]);
    expect(node({ spec: { taints: [taint, taint] } }).errors).toEqual([
      'spec.taints[1]: Duplicate value: {"key":"k","effect":"NoSchedule"}',
    ]);
  });

  it('are shown with roles and status', () => {
    const { object } = node({
      metadata: {
        name: 'n1',
        creationTimestamp: '2024-05-01T11:00:00Z',
        labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge', other: 'x' },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
        nodeInfo: { kubeletVersion: 'v1.36.0', osImage: 'Debian' },
      },
    });
    expect(row(nodes, object, NOW)).toEqual({
      Name: 'n1',
      Status: 'Ready,SchedulingDisabled',
      Roles: 'edge,worker',
      Age: '25h',
      Version: 'v1.36.0',
      'Internal-IP': '192.0.2.1',
      'External-IP': '<none>',
      'OS-Image': 'Debian',
      'Kernel-Version': '<unknown>',
      'Container-Runtime': '<unknown>',
    });
    expect(row(nodes, node({}).object, NOW)).toMatchObject({ Status: 'Unknown', Roles: '<none>' });
    expect(row(nodes, node({ status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }).object, NOW)).toMatchObject({
      Status: 'NotReady',
    });
    expect(nodes.selectableFields['spec.unschedulable']!(object)).toBe('true');
  });
});
