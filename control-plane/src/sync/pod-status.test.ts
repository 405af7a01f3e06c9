import { describe, expect, it } from 'vitest';
import type { KubeObject } from '#schema/resource.ts';
import { mergePodStatus } from './pod-status.ts';

const nowMs = Date.parse('2026-01-01T00:01:00Z');
const earlier = '2026-01-01T00:00:00Z';
const pod = (status: object): KubeObject => ({ metadata: { name: 'a' }, spec: { nodeName: 'n1' }, status }) as KubeObject;

describe('mergePodStatus', () => {
  it('replaces what the agent owns, clears what it no longer reports, and leaves the rest alone', () => {
    const before = pod({
      phase: 'Pending',
      reason: 'NodeLost',
      podIP: '10.0.0.1',
      startTime: earlier,
      qosClass: 'Burstable',
      nominatedNodeName: 'n1',
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: earlier },
        { type: 'Ready', status: 'True', lastTransitionTime: earlier },
        { type: 'example.com/gate', status: 'True', lastTransitionTime: earlier },
      ],
    });
    const reported = {
      phase: 'Running',
      qosClass: 'Guaranteed',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
        { type: 'Initialized', status: 'True', lastTransitionTime: earlier },
        { type: 'PodScheduled', status: 'False' },
        { type: 'example.com/gate', status: 'False' },
      ],
    };
    expect(mergePodStatus(before, reported, nowMs).status).toEqual({
      phase: 'Running',
      startTime: earlier,
      qosClass: 'Burstable',
      nominatedNodeName: 'n1',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady', lastTransitionTime: '2026-01-01T00:01:00Z' },
        { type: 'Initialized', status: 'True', lastTransitionTime: earlier },
        { type: 'PodScheduled', status: 'True', lastTransitionTime: earlier },
        { type: 'example.com/gate', status: 'True', lastTransitionTime: earlier },
      ],
    });
    expect(before.status.phase).toBe('Pending');
  });

  it('does not bring a finished pod back, but tells what became of its containers', () => {
    const before = pod({ phase: 'Failed', reason: 'Evicted', message: 'm', conditions: [{ type: 'Ready', status: 'False' }] });
    const reported = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [{ name: 'c' }] };
    expect(mergePodStatus(before, reported, nowMs).status).toEqual({
      phase: 'Failed',
      reason: 'Evicted',
      message: 'm',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [{ name: 'c' }],
    });
  });

  it('is the same when applied twice', () => {
    const reported = { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] };
    const once = mergePodStatus(pod({ phase: 'Pending' }), reported, nowMs);
    expect(mergePodStatus(once, reported, nowMs + 60_000)).toEqual(once);
  });
});
