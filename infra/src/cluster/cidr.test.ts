import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { chooseCidrs, overlaps, parseRoutes } from './cidr.ts';

describe('overlaps', () => {
  it.each([
    ['10.64.0.0/16', '10.64.3.0/24', true],
    ['10.64.0.0/16', '10.65.0.0/16', false],
    ['10.0.0.0/8', '10.190.0.0/16', true],
    ['10.64.0.1', '10.64.0.0/16', true],
    ['fd00::/64', '10.64.0.0/16', false],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(overlaps(a, b)).toBe(expected);
    expect(overlaps(b, a)).toBe(expected);
  });
});

describe('chooseCidrs', () => {
  it('never takes a network in use', () => {
    const octet = fc.integer({ min: 64, max: 191 });
    fc.assert(
      fc.property(fc.array(octet, { maxLength: 40 }), fc.nat(), (used, seed) => {
        const taken = used.map((x) => `10.${x}.7.0/24`);
        const chosen = chooseCidrs(taken, (n) => seed % n);
        for (const cidr of taken) {
          expect(overlaps(cidr, chosen.podCIDR)).toBe(false);
          expect(overlaps(cidr, chosen.serviceCIDR)).toBe(false);
        }
      }),
    );
  });

  it('takes the pod network a person names, beside services that fit, and none in use', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { podCIDR, serviceCIDR } = chooseCidrs(['10.170.0.0/16'], (n) => seed % n, '10.128.0.0/11');
        expect(podCIDR).toBe('10.128.0.0/11');
        expect(overlaps(podCIDR, serviceCIDR)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('says so when what a person names is in use', () => {
    expect(() => chooseCidrs(['192.168.0.0/24', '10.70.3.0/24'], () => 0, '10.64.0.0/12')).toThrow(
      'podCIDR 10.64.0.0/12 overlaps 10.70.3.0/24',
    );
  });

  it('says so when nothing is free', () => {
    expect(() => chooseCidrs(['10.0.0.0/8'], () => 0)).toThrow('No free network');
  });
});

it('reads the routes of the kernel, without the default one', () => {
  const text = `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
br0\t0000400A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
`;
  expect(parseRoutes(text)).toEqual(['192.0.2.0/24', '10.64.0.0/16']);
});
