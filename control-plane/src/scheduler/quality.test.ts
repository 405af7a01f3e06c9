/** Placements are no worse than those of kube-scheduler's algorithm on the same clusters. The bench compares larger ones. */
import { describe, expect, it } from 'vitest';
import { compare, shapes, worse } from './testing/quality.ts';

describe('placements beside the reference algorithm', () => {
  it.each(shapes.map((shape) => [shape.name, shape] as const))('%s: as many pods, as balanced', (_name, shape) => {
    const comparison = compare(shape, 12, [1, 2, 3]);
    expect(worse(shape, comparison)).toEqual([]);
    expect(comparison.reference.placed).toBeGreaterThan(0);
  });

  it('would be told apart from worse ones', () => {
    const [shape] = shapes;
    const { reference } = compare(shape!, 6, [1]);
    const poor = {
      ...reference,
      placed: reference.placed * 0.9,
      nodesUsed: reference.nodesUsed - 1,
      cpuDeviation: reference.cpuDeviation + 5,
    };
    expect(worse(shape!, { kedge: poor, reference }).map((line) => line.split(' ')[0])).toEqual(['placed', 'nodesUsed', 'cpuDeviation']);
  });
});
