/** Picks of addresses and ports: in range, never reserved, kept where they can be. */

import { describe, expect, test } from 'vitest';
import fc from '#fast-check';
import type { KubeObject } from '#schema/resource.ts';
import { cidrSize, parseCIDR, parseIPv4 } from '../ipv4.ts';
import type { AllocationContext } from '../strategy.ts';
import { services } from './services.ts';

const context = (serviceCIDR: string, random: () => number): AllocationContext => ({
  cluster: { serviceCIDR, nodePortRange: [30_000, 30_009] } as unknown as AllocationContext['cluster'],
  random,
});
const service = (spec: object): KubeObject => ({ metadata: { name: 's' }, spec: { type: 'ClusterIP', ports: [], ...spec } });
const allocated = (object: KubeObject, old?: KubeObject, random = () => 0.5): any => {
  expect(services.allocate!(object, old, context('10.43.0.0/16', random))).toEqual([]);
  return object.spec;
};

test('an address is inside the range and not reserved, whatever is drawn', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 16, max: 27 }),
      fc.double({ min: 0, max: 0.9999999, noNaN: true }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      (prefix, first, seed) => {
        let state = seed;
        let draws = 0;
        const random = () => {
          if (draws++ === 0) return first;
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          return state / 2 ** 32;
        };
        const object = service({});
        services.allocate!(object, undefined, context(`10.43.0.0/${prefix}`, random));
        const range = parseCIDR(`10.43.0.0/${prefix}`)!;
        const offset = parseIPv4(object.spec.clusterIP)! - range.base;
        expect([0, 1, 10]).not.toContain(offset);
        expect(offset).toBeGreaterThan(0);
        expect(offset).toBeLessThan(cidrSize(range) - 1);
      },
    ),
  );
});

describe('node ports', () => {
  const ports = (...list: object[]) => ({ type: 'NodePort', ports: list });

  test('one service never gets one port twice', () => {
    let n = 0;
    const spec = allocated(
      service(ports({ port: 1 }, { port: 2 }, { port: 3, nodePort: 30_001 })),
      undefined,
      () => [0.1, 0.1, 0.1, 0.2, 0.3][n++ % 5]!,
    );
    expect(new Set(spec.ports.map((p: any) => p.nodePort)).size).toBe(3);
  });
  test('both protocols of one port share it', () => {
    const spec = allocated(service(ports({ port: 53, protocol: 'TCP' }, { port: 53, protocol: 'UDP' })));
    expect(spec.ports[0].nodePort).toBe(spec.ports[1].nodePort);
  });
  test('they stay with their port, and go with the type', () => {
    const old = service({ ...ports({ port: 80, protocol: 'TCP', nodePort: 30_007 }), clusterIP: '10.43.5.5' });
    expect(allocated(service(ports({ port: 80, protocol: 'TCP' })), old).ports[0].nodePort).toBe(30_007);
    const plain = allocated(service({ ports: [{ port: 80, nodePort: 30_007 }] }), old);
    expect(plain.ports[0].nodePort).toBeUndefined();
    expect(plain.clusterIP).toBe('10.43.5.5');
  });
});

test('an external name has no address', () => {
  const spec = allocated(service({ type: 'ExternalName', externalName: 'a.b', clusterIP: '10.43.5.5', clusterIPs: ['10.43.5.5'] }));
  expect(spec.clusterIP).toBeUndefined();
  expect(spec.clusterIPs).toBeUndefined();
});
