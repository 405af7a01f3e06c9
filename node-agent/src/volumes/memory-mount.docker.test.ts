/** An emptyDir in memory with real containers: only the kernel can say that a size holds, and only the engine that it shares what the agent mounts. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock, MemoryView, noApi, podOf } from '../pods/fixtures.ts';
import { createPodVolumes, memoryFolder } from './pod-volumes.ts';

const docker = new Docker();
const facts = { podIP: '10.64.0.2', hostIP: '192.0.2.10', allocatable: { memory: '8Gi' } };
const pod = podOf('web', {
  volumes: [{ name: 'cache', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
  containers: [{ name: 'app', image: 'busybox:latest' }],
});
const uid = pod.metadata.uid!;
const containers: Docker.Container[] = [];
let settings: Parameters<typeof createPodVolumes>[0]['settings'];
/** An agent that has just started. */
const volumes = () => createPodVolumes({ settings, view: new MemoryView(), api: noApi, clock: new ManualClock() });

beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kedge-memory-'));
  settings = { clusterUid: randomUUID(), nodeName: 'n1', dir, server: '', serviceCIDR: '', clusterDNS: '', clusterDomain: 'cluster.local' };
});
afterEach(async () => {
  await Promise.all(containers.splice(0).map((container) => container.remove({ force: true })));
  await volumes().remove(uid);
  for (const folder of [settings.dir, memoryFolder(settings)]) await rm(folder, { recursive: true, force: true });
});

const start = async (path: string): Promise<Docker.Container> => {
  const container = await docker.createContainer({
    ...{ Image: 'busybox:latest', Cmd: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.05; done'] },
    HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'bind', Source: path, Target: '/cache' }] },
  });
  containers.push(container);
  await container.start();
  return container;
};

const said = async (container: Docker.Container, script: string): Promise<string> => {
  const run = await container.exec({ Cmd: ['sh', '-c', script], AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await run.start({ Tty: true });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text.replaceAll('\r', '').trim();
};

it('holds the containers of a pod to its size, is shared by them, outlives their restarts and the agent, and goes with the pod', async () => {
  const { hostPath } = (await volumes().prepare(pod, facts)).get('cache')!;
  const [one, two] = await Promise.all([start(hostPath), start(hostPath)]);
  expect(await said(one, 'dd if=/dev/zero of=/cache/big bs=64k count=48')).toContain('No space left on device');
  expect(await said(two, 'stat -c %s /cache/big')).toBe(String(1024 * 1024));
  await Promise.all([one, two].map((container) => container.stop({ t: 5 })));
  const again = volumes();
  expect((await again.prepare(pod, facts)).get('cache')!.hostPath).toBe(hostPath);
  await one.start();
  expect(await said(one, 'stat -c %s /cache/big; rm /cache/big; echo more > /cache/small && cat /cache/small')).toBe('1048576\nmore');
  const mounts = () => readFileSync('/proc/self/mounts', 'utf8').split('\n');
  expect(mounts().filter((line) => line.includes(` ${hostPath} `))).toHaveLength(1);
  await one.remove({ force: true });
  containers.splice(containers.indexOf(one), 1);
  await again.remove(uid);
  expect([mounts().filter((line) => line.includes(hostPath)), existsSync(hostPath)]).toEqual([[], false]);
});
