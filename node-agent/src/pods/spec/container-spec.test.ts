import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import { podOf } from '../fixtures.ts';
import { toContainerSpec } from './container-spec.ts';

let podDir: string;
beforeEach(async () => {
  podDir = await mkdtemp(join(tmpdir(), 'kedge-spec-'));
});
afterEach(() => rm(podDir, { recursive: true, force: true }));

const environmentOf = async (name: string, spec: Partial<Pod['spec']>, env: { name: string; value: string }[] = []) => {
  const pod = podOf(name, { ...spec, containers: [{ name: 'app', image: 'i', env }] });
  const facts = {
    clusterUid: 'c',
    nodeName: 'n1',
    sandboxId: 's',
    attempt: 0,
    podDir,
    volumes: new Map(),
    imageUser: '',
    nodeMemoryBytes: 2 ** 30,
  };
  const none = () => undefined;
  const made = await toContainerSpec(pod, pod.spec.containers[0]!, {
    ...facts,
    allocatable: {},
    podIP: '10.0.0.2',
    hostIP: '192.0.2.1',
    services: [],
    configMap: none,
    secret: none,
  });
  return made.env;
};

it('says a container its host name, unless the pod says another or has the machine’s', async () => {
  expect(await environmentOf('web', {})).toMatchObject({ HOSTNAME: 'web' });
  expect(await environmentOf('web', { hostname: 'front' })).toMatchObject({ HOSTNAME: 'front' });
  expect(await environmentOf('web', {}, [{ name: 'HOSTNAME', value: 'own' }])).toMatchObject({ HOSTNAME: 'own' });
  expect(await environmentOf('web', { hostNetwork: true })).not.toHaveProperty('HOSTNAME');
});
