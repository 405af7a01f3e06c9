import { expect, it } from 'vitest';
import { accept } from '../conformance/accept.ts';
import { pods } from './pod.ts';

const container = { name: 'c', image: 'nginx' };
const errorsOf = (spec: object): string[] =>
  accept(pods, { metadata: { name: 'web', namespace: 'default' }, spec: { containers: [container], ...spec } }).errors;
const ofPod = (securityContext: object, more: object = {}): string[] =>
  errorsOf({ securityContext, ...more }).map((error) => error.replace('spec.securityContext', 'of'));
const ofContainer = (more: object): string[] =>
  errorsOf({ volumes: [{ name: 'v', emptyDir: {} }], containers: [{ ...container, ...more }] }).map((error) =>
    error.replace(/spec\.containers\[0\](\.env\[0\]\.valueFrom)?/, 'of'),
  );

it('knows ids of users and groups', () => {
  const range = 'must be between 0 and 2147483647, inclusive';
  expect(ofPod({ runAsUser: -1, runAsGroup: -2, fsGroup: -3, supplementalGroups: [1, 2_147_483_648] })).toEqual([
    `of.fsGroup: Invalid value: -3: ${range}`,
    `of.runAsUser: Invalid value: -1: ${range}`,
    `of.runAsGroup: Invalid value: -2: ${range}`,
    `of.supplementalGroups[1]: Invalid value: 2147483648: ${range}`,
  ]);
  expect(ofPod({ runAsUser: 0, fsGroup: 2_147_483_647, supplementalGroups: [] })).toEqual([]);
});

it('knows names of kernel parameters, once each, and whose they are', () => {
  const sysctls = (...names: string[]) => ({ sysctls: names.map((name) => ({ name, value: '1' })) });
  expect(ofPod(sysctls('net.core.somaxconn', 'kernel/shm_rmid_forced', 'net.ipv4.conf.eth0/1.x'))).toEqual([]);
  const pattern = String.raw`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;
  expect(ofPod(sysctls('a b', 'net.a', 'net.a', '', 'a'.repeat(254)))).toEqual([
    `of.sysctls[0].name: Invalid value: "a b": must have at most 253 characters and match regex ${pattern}`,
    'of.sysctls[2].name: Duplicate value: "net.a"',
    'of.sysctls[3].name: Required value',
    `of.sysctls[4].name: Invalid value: "${'a'.repeat(254)}": must have at most 253 characters and match regex ${pattern}`,
  ]);
  expect(ofPod(sysctls('net.a', 'kernel.msgmax'), { hostNetwork: true, hostIPC: true })).toEqual([
    `of.sysctls[0].name: Invalid value: "net.a": may not be specified when 'hostNetwork' is true`,
    `of.sysctls[1].name: Invalid value: "kernel.msgmax": may not be specified when 'hostIPC' is true`,
  ]);
});

it.each([ofPod, (securityContext: object) => ofContainer({ securityContext }).map((error) => error.replace('of.securityContext', 'of'))])(
  'wants the profile of a node named, and no other',
  (errors) => {
    expect(errors({ seccompProfile: { type: 'Localhost' }, appArmorProfile: { type: 'Localhost', localhostProfile: ' ' } })).toEqual([
      'of.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
      'of.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost',
    ]);
    expect(errors({ seccompProfile: { type: 'Localhost', localhostProfile: '../x' } })).toEqual([
      `of.seccompProfile.localhostProfile: Invalid value: "../x": must not contain '..'`,
    ]);
    expect(errors({ appArmorProfile: { type: 'Unconfined', localhostProfile: 'x' } })).toEqual([
      'of.appArmorProfile.localhostProfile: Invalid value: "x": can only be set when AppArmor type is Localhost',
    ]);
    expect(errors({ seccompProfile: { type: 'RuntimeDefault', localhostProfile: 'x' } })[0]).toContain(
      'can only be set when seccomp type is Localhost',
    );
    expect(
      errors({ seccompProfile: { type: 'Localhost', localhostProfile: 'a/b.json' }, appArmorProfile: { type: 'RuntimeDefault' } }),
    ).toEqual([]);
  },
);

it('lets mounts pass to the node from privileged containers alone', () => {
  const mounts = (more: object) => ({ volumeMounts: [{ name: 'v', mountPath: '/v', ...more }] });
  expect(ofContainer(mounts({ mountPropagation: 'Bidirectional' }))).toEqual([
    'of.volumeMounts[0].mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers',
  ]);
  expect(ofContainer({ ...mounts({ mountPropagation: 'Bidirectional' }), securityContext: { privileged: true } })).toEqual([]);
  expect(ofContainer(mounts({ recursiveReadOnly: 'Enabled', mountPropagation: 'HostToContainer' }))).toEqual([
    'of.volumeMounts[0].recursiveReadOnly: Forbidden: may only be specified when readOnly is true',
    'of.volumeMounts[0].recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified',
  ]);
  expect(ofContainer(mounts({ recursiveReadOnly: 'Enabled', readOnly: true }))).toEqual([]);
});

it('gives devices whole, to one container', () => {
  const resources = (limits: object, requests: object) => ofContainer({ resources: { limits, requests } });
  expect(resources({ 'a.b/c': '1.5' }, { 'a.b/c': '1' })).toEqual([
    'of.resources.limits[a.b/c]: Invalid value: "1500m": must be an integer',
    'of.resources.requests: Invalid value: "1": must be equal to a.b/c limit of 1500m',
  ]);
  expect(resources({}, { 'a.b/c': '1' })).toEqual([
    'of.resources.limits: Required value: Limit must be set for non overcommitable resources',
  ]);
  expect(resources({ 'a.b/c': '2', cpu: '1.5' }, { 'a.b/c': '2', cpu: '1' })).toEqual([]);
});

it('knows what of a pod may be a value', () => {
  const env = (valueFrom: object) => ofContainer({ env: [{ name: 'A', valueFrom }] });
  expect(env({ fieldRef: { fieldPath: 'nope' } })).toEqual([
    'of.fieldRef.fieldPath: Invalid value: "nope": error converting fieldPath: field label not supported: nope',
  ]);
  expect(env({ fieldRef: { fieldPath: 'status.phase' } })[0]).toContain(
    'Unsupported value: "status.phase": supported values: "metadata.name"',
  );
  expect(env({ resourceFieldRef: { resource: 'nope' } })).toEqual([
    'of.resourceFieldRef.resource: Unsupported value: "nope": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
  ]);
  expect(env({ resourceFieldRef: { resource: 'limits.cpu', divisor: '3' } })).toEqual([
    `of.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
  ]);
  expect(env({ resourceFieldRef: { resource: 'limits.memory', divisor: '1m' } })[0]).toContain('are supported with the memory resource');
  for (const [resource, divisor] of [
    ['limits.cpu', '1m'],
    ['requests.memory', '1Mi'],
    ['limits.hugepages-2Mi', '1'],
    ['limits.ephemeral-storage', '0'],
  ])
    expect(env({ resourceFieldRef: { resource, divisor } })).toEqual([]);
  const items = [{ path: 'cpu', resourceFieldRef: { resource: 'limits.cpu' } }];
  expect(errorsOf({ volumes: [{ name: 'v', downwardAPI: { items } }] })).toEqual([
    'spec.volumes[0].downwardAPI.items[0].resourceFieldRef.containerName: Required value',
  ]);
  expect(errorsOf({ dnsConfig: { options: [{ name: '' }] } })).toEqual(['spec.dnsConfig.options[0]: Required value: must not be empty']);
});
