import { randomUUID } from 'node:crypto';
import Docker from 'dockerode';
import { afterAll, describe, expect, it } from 'vitest';
import { describeRuntime } from '../contract.ts';
import { createContainerRuntime } from './docker-runtime.ts';

const docker = new Docker();

describeRuntime('docker', {
  open: (clusterUid) => createContainerRuntime({ docker, clusterUid, network: 'bridge' }),
  image: 'busybox:latest',
  serve: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.05; done'],
});

describe('attach', () => {
  const clusterUid = randomUUID();
  const runtime = createContainerRuntime({ docker, clusterUid, network: 'bridge' });
  const stop = new AbortController();
  const pod = { clusterUid, namespace: 'default', name: 'talks', uid: randomUUID() };

  afterAll(async () => {
    stop.abort();
    const { sandboxes, containers } = await runtime.listPods();
    for (const { id } of containers) await runtime.removeContainer(id);
    for (const { id } of sandboxes) await runtime.removeSandbox(id);
  });

  it.each([true, false])('shows what was said before, with a terminal: %s', async (tty) => {
    const sandbox = {
      ...pod,
      attempt: 0,
      hostname: 'talks',
      hostNetwork: false,
      hostPID: false,
      hostIPC: false,
      shareProcessNamespace: false,
    };
    const { id: sandboxId } = await runtime.runSandbox({ ...sandbox, sysctls: {}, incarnation: 'i1', ports: [] }, stop.signal);
    const security = {
      groups: [],
      privileged: false,
      readOnlyRootFilesystem: false,
      addCapabilities: [],
      dropCapabilities: [],
      noNewPrivileges: false,
    };
    const spec = {
      ...pod,
      sandboxId,
      container: tty ? 'terminal' : 'plain',
      attempt: 0,
      specHash: 'h',
      image: 'busybox:latest',
      env: {},
      // a folder that holds the engine's own, as debuggers of nodes and collectors of logs mount it
      mounts: [{ hostPath: '/', containerPath: '/host', readOnly: true, propagation: 'private' as const }],
      tmpfs: [],
    };
    const command = ['sh', '-c', 'echo early; read line; echo "got $line"; exit 3'];
    const io = { stdin: true, stdinOnce: true, tty };
    const id = await runtime.createContainer({ ...spec, ...io, command, resources: {}, security }, stop.signal);
    await runtime.startContainer(id);
    for await (const line of runtime.logs(id, { follow: true, timestamps: false }, stop.signal)) if (line.length > 0) break;
    const session = await runtime.attach(id, { stdin: true, fromStart: true }, stop.signal);
    await session.stdin.write(Buffer.from('input\n'));
    let seen = '';
    for await (const { data } of session.output) seen += Buffer.from(data).toString();
    expect(seen.replaceAll('\r', '')).toMatch(tty ? /^early\n(input\n)?got input\n$/ : /^early\ngot input\n$/);
    expect(await session.wait()).toBe(3);
    const late = await runtime.attach(id, { stdin: true, fromStart: true }, stop.signal);
    for await (const { data } of late.output) expect(data.length).toBeGreaterThan(0);
    expect(await late.wait()).toBe(3);
  });
});

it('removes an image by its name, and minds none that is gone', async () => {
  const runtime = createContainerRuntime({ docker, clusterUid: randomUUID(), network: 'bridge' });
  const repo = `kedge-test-${randomUUID().slice(0, 8)}`;
  await docker.getImage('busybox:latest').tag({ repo, tag: 'latest' });
  expect(await runtime.hasImage(repo)).toBeDefined();
  expect([await runtime.removeImage(repo), await runtime.removeImage(repo)]).toEqual([true, true]);
  expect([await runtime.hasImage(repo), await runtime.hasImage('busybox:latest')]).toEqual([undefined, expect.anything()]);
});
