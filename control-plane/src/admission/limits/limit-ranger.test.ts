import { describe, expect, test } from 'vitest';
import { boundErrors, podTotals } from './bounds.ts';

const container = { type: 'Container' };

describe('bounds of a LimitRange', () => {
  test.each([
    [{ max: { cpu: '1' } }, { cpu: '2' }, { cpu: '2' }, 'maximum cpu usage per Container is 1, but limit is 2'],
    [{ max: { cpu: '1' } }, {}, {}, 'maximum cpu usage per Container is 1.  No limit is specified'],
    [{ min: { memory: '1Gi' } }, { memory: '512Mi' }, {}, 'minimum memory usage per Container is 1Gi, but request is 512Mi'],
    [{ min: { cpu: '1' } }, {}, {}, 'minimum cpu usage per Container is 1.  No request is specified'],
    [
      { maxLimitRequestRatio: { cpu: '2' } },
      { cpu: '1' },
      { cpu: '3' },
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
    ],
  ])('%j', (item, requests, limits, message) => {
    expect(boundErrors({ ...container, ...item } as any, requests as any, limits as any)).toEqual([message]);
  });

  test('what is within is quiet', () => {
    const item = { ...container, min: { cpu: '100m' }, max: { cpu: '1' }, maxLimitRequestRatio: { cpu: '10' } };
    expect(boundErrors(item, { cpu: '0.1' }, { cpu: '1000m' })).toEqual([]);
  });

  test('a pod needs its containers and sidecars together, or its largest init container', () => {
    const of = (cpu: string) => ({ resources: { requests: { cpu } } });
    expect(podTotals({ containers: [of('1'), of('500m')], initContainers: [of('2')] }).requests).toEqual({ cpu: '2' });
    expect(
      podTotals({ containers: [of('1')], initContainers: [{ ...of('1'), restartPolicy: 'Always' }], overhead: { cpu: '1' } }).requests,
    ).toEqual({ cpu: '3' });
  });
});
