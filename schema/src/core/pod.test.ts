import { describe, expect, it } from 'vitest';
import { accept } from '../conformance/accept.ts';
import { type Pod, pods } from './pod.ts';
import { imagePullPolicyOf } from './pod-defaults.ts';

const minimal = { metadata: { name: 'web', namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
const withSpec = (spec: object) => accept<Pod>(pods, { ...minimal, spec: { ...minimal.spec, ...spec } });
const withContainer = (container: object) => withSpec({ containers: [{ name: 'c', image: 'nginx', ...container }] });

describe('defaults of a pod', () => {
  it('fill the smallest pod', () => {
    expect(accept(pods, minimal)).toEqual({
      errors: [],
      object: {
        metadata: minimal.metadata,
        spec: {
          containers: [
            {
              name: 'c',
              image: 'nginx',
              imagePullPolicy: 'Always',
              resources: {},
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
            },
          ],
          dnsPolicy: 'ClusterFirst',
          enableServiceLinks: true,
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          securityContext: {},
          terminationGracePeriodSeconds: 30,
        },
        status: { phase: 'Pending', qosClass: 'BestEffort' },
      },
    });
  });

  it('are the same the second time', () => {
    const { object } = withSpec({ volumes: [{ name: 'v' }], hostNetwork: true, serviceAccount: 'robot' });
    const again = structuredClone(object);
    pods.defaults!(again);
    expect(again).toEqual(object);
    expect(object.spec.serviceAccountName).toBe('robot');
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['localhost:5000/nginx', 'Always'],
    ['localhost:5000/nginx:1.27', 'IfNotPresent'],
    ['nginx@sha256:abc', 'IfNotPresent'],
    ['nginx:latest@sha256:abc', 'Always'],
    ['', 'IfNotPresent'],
  ])('pull policy of image "%s" is %s', (image, policy) => {
    expect(imagePullPolicyOf(image)).toBe(policy);
  });

  it('fill probes, ports and environment', () => {
    const { object } = withContainer({
      ports: [{ containerPort: 80 }],
      livenessProbe: { httpGet: { port: 80 } },
      lifecycle: { preStop: { httpGet: { port: 80 } } },
      env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    });
    expect(object.spec.containers[0]).toMatchObject({
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      livenessProbe: {
        httpGet: { path: '/', port: 80, scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
      lifecycle: { preStop: { httpGet: { path: '/', scheme: 'HTTP' } } },
      env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }],
    });
  });

  it('take requests from limits and host ports from the host network', () => {
    const { object } = withSpec({
      hostNetwork: true,
      containers: [
        {
          name: 'c',
          image: 'nginx',
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
        },
      ],
    });
    expect(object.spec.containers[0]!.resources!.requests).toEqual({ cpu: '500m', memory: '1Gi' });
    expect(object.spec.containers[0]!.ports![0]!.hostPort).toBe(80);
  });

  it('fill volumes', () => {
    const { object } = withSpec({
      volumes: [
        { name: 'a' },
        { name: 'b', secret: { secretName: 's' } },
        { name: 'c', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
        { name: 'd', hostPath: { path: '/tmp' } },
      ],
    });
    expect(object.spec.volumes).toEqual([
      { name: 'a', emptyDir: {} },
      { name: 'b', secret: { secretName: 's', defaultMode: 420 } },
      { name: 'c', projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] } },
      { name: 'd', hostPath: { path: '/tmp', type: '' } },
    ]);
  });
});

describe('quality of service', () => {
  const limits = { cpu: '1', memory: '1Gi' };
  it.each([
    ['BestEffort', {}],
    ['Burstable', { requests: { cpu: '1' } }],
    ['Burstable', { limits: { cpu: '1' } }],
    ['Burstable', { limits, requests: { cpu: '500m', memory: '1Gi' } }],
    ['Guaranteed', { limits }],
    ['Guaranteed', { limits, requests: { cpu: '1000m', memory: '1024Mi' } }],
  ])('%s for %j', (qosClass, resources) => {
    expect(withContainer({ resources }).object.status!.qosClass).toBe(qosClass);
  });

  it('looks at init containers too', () => {
    const { object } = withSpec({
      containers: [{ name: 'c', image: 'x', resources: { limits } }],
      initContainers: [{ name: 'i', image: 'x' }],
    });
    expect(object.status!.qosClass).toBe('Burstable');
  });
});

describe('the definition of pods', () => {
  it('clears a status that a client sends, and marks gated pods', () => {
    const { object } = accept<Pod>(pods, {
      ...minimal,
      status: { phase: 'Running' },
      spec: { ...minimal.spec, schedulingGates: [{ name: 'wait' }] },
    });
    expect(object.status).toMatchObject({
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
    });
  });

  it('keeps status and ephemeral containers on update', () => {
    const { object: old } = accept<Pod>(pods, minimal);
    old.status = { phase: 'Running' };
    const { object, errors } = accept<Pod>(
      pods,
      { ...minimal, status: { phase: 'Failed' }, spec: { ...minimal.spec, ephemeralContainers: [{ name: 'e', image: 'x' }] } },
      old,
    );
    expect(errors).toEqual([]);
    expect(object.status).toEqual({ phase: 'Running' });
    expect(object.spec.ephemeralContainers).toBeUndefined();
  });

  it('gives grace only to pods that run somewhere', () => {
    const { object } = accept<Pod>(pods, minimal);
    expect(pods.gracePeriodSeconds!(object)).toBe(0);
    object.spec.nodeName = 'n1';
    expect(pods.gracePeriodSeconds!(object)).toBe(30);
    object.spec.terminationGracePeriodSeconds = 0;
    expect(pods.gracePeriodSeconds!(object)).toBe(0);
    object.spec.terminationGracePeriodSeconds = 5;
    object.status = { phase: 'Failed' };
    expect(pods.gracePeriodSeconds!(object)).toBe(0);
  });

  it('answers field selectors with text', () => {
    const { object } = accept<Pod>(pods, minimal);
    const values = Object.fromEntries(Object.entries(pods.selectableFields).map(([field, read]) => [field, read(object)]));
    expect(values).toEqual({
      'spec.nodeName': '',
      'spec.restartPolicy': 'Always',
      'spec.schedulerName': 'default-scheduler',
      'spec.serviceAccountName': '',
      'spec.hostNetwork': 'false',
      'status.phase': 'Pending',
      'status.podIP': '',
      'status.podIPs': '',
      'status.nominatedNodeName': '',
    });
  });
});
