/** Real kubectl, a new one and an old one, against the control plane on workerd. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubectlVersion, kubectlPath } from '../harness/kubectl-binary.ts';
import { waitFor } from '../harness/process.ts';
import { startTestAgent, type TestAgent } from './agent.ts';
import { startWorkerdPlane, type WorkerdPlane } from './plane.ts';

let plane: WorkerdPlane;
let agent: TestAgent;

const line = (text: string): Uint8Array => new TextEncoder().encode(`${text}\n`);

beforeAll(async () => {
  plane = await startWorkerdPlane({ nodes: ['n1'] });
  agent = startTestAgent(plane, 'n1', async function* () {
    for (const text of ['one', 'two', 'three']) yield line(text);
  });
  await plane.tick();
  await waitFor('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
  const pod = await plane.call('POST', '/api/v1/namespaces/default/pods', {
    metadata: { name: 'shell' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'busybox' }] },
  });
  const running = { state: { running: { startedAt: '2026-01-01T00:00:00Z' } } };
  agent.reports.send({
    ...{ kind: 'podStatus', namespace: 'default', name: 'shell', uid: pod.metadata.uid, sequence: 1 },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'c', ready: true, restartCount: 0, image: 'busybox', imageID: '', ...running }],
    },
  });
  await waitFor(
    'the pod to run',
    async () => (await plane.call('GET', '/api/v1/namespaces/default/pods/shell')).status.phase === 'Running',
  );
});
afterAll(async () => {
  await agent?.stop();
  await plane?.stop();
});

const kubectl = (version: KubectlVersion, args: readonly string[], input?: Uint8Array) =>
  new Promise<{ code: number | null; stdout: Buffer; stderr: string }>((resolve) => {
    const child = spawn(kubectlPath(version), ['--kubeconfig', plane.kubeconfig, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('close', (code) => resolve({ code, stdout: Buffer.concat(chunks), stderr }));
  });

describe.each(['v35', 'v31'] as const)('kubectl %s', (version) => {
  it('lists, creates, waits and deletes', async () => {
    const { stdout } = await kubectl(version, ['get', 'pods']);
    expect(stdout.toString()).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\nshell +1\/1 +Running +0 +\d+s\n$/);
    expect((await kubectl(version, ['create', 'configmap', 'c', '--from-literal=k=v'])).stdout.toString()).toBe('configmap/c created\n');
    expect((await kubectl(version, ['wait', 'pod/shell', '--for=jsonpath={.status.phase}=Running', '--timeout=10s'])).code).toBe(0);
    expect((await kubectl(version, ['delete', 'configmap', 'c'])).stdout.toString()).toMatch(/^configmap "c" deleted/);
  });

  it('executes with exit code and both outputs', async () => {
    const result = await kubectl(version, ['exec', 'shell', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(result.code).toBe(7);
    expect(result.stdout.toString()).toBe('out\n');
    expect(result.stderr).toContain('err\n');
    expect(result.stderr).toContain('command terminated with exit code 7');
  });

  it('carries much in and much out', async () => {
    const counted = await kubectl(version, ['exec', '-i', 'shell', '--', 'wc', '-c'], new Uint8Array(8_000_000));
    expect(counted.stdout.toString().trim()).toBe('8000000');
    const zeros = await kubectl(version, ['exec', 'shell', '--', 'head', '-c', '8000000', '/dev/zero']);
    expect(zeros.stdout.byteLength).toBe(8_000_000);
  });

  it('reads logs', async () => {
    expect((await kubectl(version, ['logs', 'shell'])).stdout.toString()).toBe('one\ntwo\nthree\n');
  });

  it('hears why it cannot', async () => {
    const missing = await kubectl(version, ['exec', 'nope', '--', 'true']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('pods "nope" not found');
  });
});
