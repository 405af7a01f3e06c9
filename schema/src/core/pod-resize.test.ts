/** What pods/resize lets through: sizes of CPU and memory, and nothing else. */
import { describe, expect, it } from 'vitest';
import { accept } from '../conformance/accept.ts';
import { type Pod, pods } from './pod.ts';
import { withResourcesOf } from './pod-resize-validation.ts';

const small = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } };
const podOf = (spec: object = {}): Pod => {
  const containers = [
    { name: 'app', image: 'nginx', resources: small },
    { name: 'side', image: 'nginx' },
  ];
  const { object, errors } = accept<Pod>(pods, { metadata: { name: 'p', namespace: 'default' }, spec: { containers, ...spec } } as any);
  expect(errors).toEqual([]);
  object.metadata.uid = 'u';
  return object;
};

const errorsOf = (old: Pod, change: (pod: Pod) => void): string[] => {
  const wanted = structuredClone(old);
  change(wanted);
  const next = { ...structuredClone(old), metadata: wanted.metadata, spec: withResourcesOf(old.spec, wanted.spec) };
  return pods.validate!(next, old, 'resize').map(
    ({ field, detail, value }) => `${field}: ${value === undefined ? '' : `${value}: `}${detail}`,
  );
};
const app = (pod: Pod) => pod.spec.containers[0]!;

describe('a resize', () => {
  it('takes other sizes of CPU and memory, smaller ones too', () => {
    expect(
      errorsOf(podOf(), (pod) => {
        app(pod).resources = { requests: { cpu: '1', memory: '32Mi' }, limits: { cpu: '2', memory: '64Mi' } };
        pod.spec.containers[1]!.resources = { requests: { cpu: '1m' } };
      }),
    ).toEqual([]);
  });

  it('drops what is no size', () => {
    const old = podOf();
    const wanted = structuredClone(old);
    app(wanted).image = 'other';
    wanted.spec.nodeName = 'n1';
    wanted.spec.containers.reverse();
    wanted.spec.containers.push({ name: 'more', image: 'nginx' });
    expect(withResourcesOf(old.spec, wanted.spec)).toEqual(old.spec);
  });

  const guaranteed = podOf({ containers: [{ name: 'app', image: 'nginx', resources: { limits: { cpu: '1', memory: '1Gi' } } }] });
  const withInit = (restartPolicy?: string) =>
    podOf({ initContainers: [{ name: 'init', image: 'nginx', resources: small, ...(restartPolicy ? { restartPolicy } : {}) }] });

  it.each<[string, Pod, (pod: Pod) => void, string[]]>([
    [
      'to another class of service',
      guaranteed,
      (pod) => {
        app(pod).resources!.requests = { cpu: '500m', memory: '1Gi' };
      },
      ['spec: Guaranteed: Pod QOS Class may not change as a result of resizing'],
    ],
    [
      'that takes a limit away',
      podOf(),
      (pod) => {
        app(pod).resources = { requests: small.requests };
      },
      ['spec.containers[0].resources.limits: resource limits cannot be removed'],
    ],
    [
      'that takes a request away',
      podOf(),
      (pod) => {
        app(pod).resources = { requests: { cpu: '1' }, limits: small.limits };
      },
      ['spec.containers[0].resources.requests: resource requests cannot be removed'],
    ],
    [
      'of other resources',
      podOf(),
      (pod) => {
        app(pod).resources!.requests!['ephemeral-storage'] = '1Gi';
      },
      ['spec: only cpu and memory resources are mutable\nchanged: spec.containers[0].resources'],
    ],
    [
      'of an init container that ends',
      withInit(),
      (pod) => {
        pod.spec.initContainers![0]!.resources!.requests!.cpu = '1';
      },
      ['spec: only cpu and memory resources are mutable\nchanged: spec.initContainers[0].resources'],
    ],
    [
      'beyond its own limit',
      podOf(),
      (pod) => {
        app(pod).resources!.requests!.memory = '1Gi';
      },
      ['spec.containers[0].resources.requests: 1Gi: must be less than or equal to memory limit of 128Mi'],
    ],
    [
      'of a static pod',
      { ...podOf(), metadata: { ...podOf().metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } } } as Pod,
      (pod) => {
        app(pod).resources!.requests!.cpu = '1';
      },
      [': static pods cannot be resized'],
    ],
  ])('%s is refused', (_what, old, change, errors) => {
    expect(errorsOf(old, change)).toEqual(errors);
  });

  it('of a sidecar is one', () => {
    expect(
      errorsOf(withInit('Always'), (pod) => {
        pod.spec.initContainers![0]!.resources!.requests!.cpu = '1';
      }),
    ).toEqual([]);
  });
});

describe('resizePolicy', () => {
  const errors = (container: object, spec: object = {}) =>
    accept<Pod>(pods, {
      metadata: { name: 'p', namespace: 'default' },
      spec: { containers: [{ name: 'app', image: 'nginx', ...container }], ...spec },
    } as any).errors;
  const restart = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];

  it('is nowhere filled in, and kept as it is', () => {
    expect(app(podOf()).resizePolicy).toBeUndefined();
    expect(errors({ resizePolicy: restart })).toEqual([]);
  });

  it.each([
    [{ resizePolicy: [...restart, ...restart] }, {}, 'spec.containers[0].resizePolicy[1]: Duplicate value: "memory"'],
    [
      { resizePolicy: [{ resourceName: 'disk', restartPolicy: 'NotRequired' }] },
      {},
      'spec.containers[0].resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
    ],
    [
      { resizePolicy: restart },
      { restartPolicy: 'Never' },
      "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when `restartPolicy` is 'Never'",
    ],
  ])('is judged: %j', (container, spec, message) => {
    expect(errors(container, spec)).toEqual([message]);
  });
});
