/** Placements are those of kube-scheduler's algorithm, chance among equals apart, and so no worse. The bench compares whole clusters, larger ones. */
import { describe, expect, it } from 'vitest';
import { compare, disagreements, shapes, worse } from './testing/quality.ts';

describe('placements beside the reference algorithm', () => {
  it.each(shapes.map((shape) => [shape.name, shape] as const))('%s: each pod on one of its best nodes', (_name, shape) => {
    expect(disagreements(shape, 8, 1)).toEqual([]);
  });

  it('would be told apart from worse ones', () => {
    const [shape] = shapes;
    const { kedge, reference } = compare(shape!, 6, [1]);
    expect(kedge.placed).toBe(reference.placed);
    const poor = {
      ...reference,
      placed: reference.placed * 0.9,
      nodesUsed: reference.nodesUsed - 1,
      cpuDeviation: reference.cpuDeviation + 5,
    };
    expect(worse(shape!, { kedge: poor, reference }).map((line) => line.split(' ')[0])).toEqual(['placed', 'nodesUsed', 'cpuDeviation']);
  });
});
